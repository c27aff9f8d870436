import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FRAME_HEARTBEAT, PROTOCOL_HEADER } from '#src/protocol/constants.js';
import type { FieldTable } from '#src/protocol/field-table.js';
import { OTHER_VHOST, OUTSIDER } from '../support/accounts.ts';
import { scenario } from '../support/scenario.ts';

const CAPABILITIES = [
  'publisher_confirms',
  'exchange_exchange_bindings',
  'basic.nack',
  'consumer_cancel_notify',
  'connection.blocked',
  'consumer_priorities',
  'authentication_failure_close',
  'per_consumer_qos',
  'direct_reply_to',
];

describe('protocol header', () => {
  const refused: readonly (readonly [what: string, octets: string])[] = [
    ['AMQP 1.0', 'AMQP\0\x01\0\0'],
    ['AMQP 1.0 with SASL', 'AMQP\x03\x01\0\0'],
    ['AMQP 0-10', 'AMQP\x01\x01\0\x0a'],
    ['AMQP 0-9-2', 'AMQP\0\0\x09\x02'],
    ['HTTP', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\0\x01\0\x01'],
    ['eight octets of nothing known', 'ABCDEFGH'],
  ];
  for (const [what, octets] of refused) {
    test(
      `${what} is answered with the header of 0-9-1, then the socket is closed`,
      scenario(async (s) => {
        const client = await s.dial();
        client.sendRaw(Buffer.from(octets, 'latin1'));
        assert.deepEqual(await client.control.expectProtocolHeader(), PROTOCOL_HEADER);
        await client.expectSocketClosed();
      }),
    );
  }

  test(
    'may arrive octet by octet',
    scenario(async (s) => {
      const client = await s.dial();
      for (const octet of PROTOCOL_HEADER) {
        client.sendRaw(Buffer.from([octet]));
        await new Promise(setImmediate);
      }
      await client.control.expect('connection.start');
    }),
  );
});

describe('connection.start', () => {
  test(
    'is of version 0-9',
    scenario(async (s) => {
      const client = await s.dial();
      const { versionMajor, versionMinor } = await client.login();
      assert.deepEqual([versionMajor, versionMinor], [0, 9]);
    }),
  );

  test(
    'offers AMQPLAIN and PLAIN, and the locale en_US',
    scenario(async (s) => {
      const client = await s.dial();
      const { mechanisms, locales } = await client.login();
      assert.deepEqual(mechanisms.toString().split(' ').sort(), ['AMQPLAIN', 'PLAIN']);
      assert.equal(locales.toString(), 'en_US');
    }),
  );

  for (const property of ['product', 'version', 'platform', 'copyright', 'information', 'cluster_name']) {
    test(
      `names the server's ${property}`,
      scenario(async (s) => {
        const client = await s.dial();
        const { serverProperties } = await client.login();
        assert.equal(serverProperties.get(property)?.type, 'longstr');
      }),
    );
  }

  test(
    'says it is RabbitMQ, of a version in three numbers',
    scenario(async (s) => {
      const client = await s.dial();
      const { serverProperties } = await client.login();
      assert.equal(serverProperties.get('product')?.value, 'RabbitMQ');
      assert.match(String(serverProperties.get('version')?.value), /^\d+\.\d+\.\d+$/);
    }),
  );

  for (const capability of CAPABILITIES) {
    test(
      `announces the capability ${capability}`,
      scenario(async (s) => {
        const client = await s.dial();
        const { serverProperties } = await client.login();
        const capabilities = serverProperties.get('capabilities')?.value as FieldTable;
        assert.deepEqual(capabilities.get(capability), { type: 'bool', value: true });
      }),
    );
  }
});

describe('connection.tune', () => {
  test(
    'offers 2047 channels, frames of 128 KiB and a heartbeat a minute',
    scenario(async (s) => {
      const client = await s.dial();
      await client.login();
      assert.deepEqual(await client.control.expect('connection.tune'), {
        channelMax: 2047,
        frameMax: 131072,
        heartbeat: 60,
      });
    }),
  );

  const accepted = [
    { frameMax: 4096 },
    { frameMax: 131071 },
    { channelMax: 1 },
    { heartbeat: 0 },
    { heartbeat: 1 },
    { heartbeat: 65535 },
    { channelMax: 10, frameMax: 8192, heartbeat: 600 },
  ];
  for (const tune of accepted) {
    test(
      `may be answered with ${JSON.stringify(tune)}`,
      scenario(async (s) => {
        await s.client({ tune });
      }),
    );
  }
});

describe('connection.open', () => {
  test(
    'opens a virtual host',
    scenario(async (s) => {
      await s.client({ virtualHost: OTHER_VHOST });
    }),
  );

  const unknown = ['', '//', '/nowhere', 'nowhere', `/${OTHER_VHOST}`, "it's", 'é☃'];
  for (const virtualHost of unknown) {
    test(
      `of '${virtualHost}', which is not there, is refused`,
      scenario(async (s) => {
        const client = await s.dial();
        await client.login();
        await client.tune();
        client.control.send('connection.open', { virtualHost });
        await client.expectConnectionClose(530, `NOT_ALLOWED - vhost ${virtualHost} not found`, 'connection.open');
      }),
    );
  }

  test(
    'of a name too long to be repeated is refused with 252 octets of the text and three dots',
    scenario(async (s) => {
      const client = await s.dial();
      await client.login();
      await client.tune();
      client.control.send('connection.open', { virtualHost: 'v'.repeat(255) });
      const text = `${`NOT_ALLOWED - vhost ${'v'.repeat(255)}`.slice(0, 252)}...`;
      await client.expectConnectionClose(530, text, 'connection.open');
    }),
  );

  test(
    'of a virtual host on which the user has no permissions is refused',
    scenario(async (s) => {
      const client = await s.dial();
      await client.login({ username: OUTSIDER.name, password: OUTSIDER.password });
      await client.tune();
      client.control.send('connection.open', { virtualHost: '/' });
      const text = `NOT_ALLOWED - access to vhost '/' refused for user '${OUTSIDER.name}'`;
      await client.expectConnectionClose(530, text, 'connection.open');
    }),
  );

  test(
    'cannot be left out',
    scenario(async (s) => {
      const client = await s.dial();
      await client.login();
      await client.tune();
      client.rawChannel(1).send('channel.open');
      await client.expectConnectionClose(505, 'UNEXPECTED_FRAME - type 1, all octets = <<0,20,0,10,0>>');
    }),
  );
});

describe('the handshake', () => {
  test(
    'may come in one piece, nothing awaited',
    scenario(async (s) => {
      const client = await s.dial();
      await client.login();
      await client.control.expect('connection.tune');
      client.sendRaw(
        Buffer.concat([
          client.control.encode('connection.tune-ok', { channelMax: 2047, frameMax: 131072 }),
          client.control.encode('connection.open', { virtualHost: '/' }),
          client.rawChannel(1).encode('channel.open'),
        ]),
      );
      await client.control.expect('connection.open-ok');
      await client.rawChannel(1).expect('channel.open-ok');
    }),
  );

  test(
    'tolerates heartbeats',
    scenario(async (s) => {
      const client = await s.dial();
      const heartbeat = (): void => client.sendFrame(FRAME_HEARTBEAT, 0, Buffer.alloc(0));
      await client.greet();
      heartbeat();
      client.authenticate();
      heartbeat();
      await client.tune();
      heartbeat();
      await client.control.call('connection.open', { virtualHost: '/' });
    }),
  );
});
