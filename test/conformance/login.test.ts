import { describe, test } from 'node:test';
import { FRAME_BODY } from '#src/protocol/constants.js';
import { EMPTY_TABLE, fieldTable } from '#src/protocol/field-table.js';
import { LIMITED } from '../support/accounts.ts';
import { type Scenario, scenario } from '../support/scenario.ts';
import { clientProperties, plainResponse, type WireClient, type WireOptions } from '../support/wire-client.ts';

const REFUSED = (mechanism: string): string =>
  `ACCESS_REFUSED - Login was refused using authentication mechanism ${mechanism}. For details see the broker logfile.`;

/** SASL AMQPLAIN: a field table without the length before it. */
function amqplainResponse(fields: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(value.length);
    parts.push(Buffer.from([name.length]), Buffer.from(`${name}S`), length, Buffer.from(value));
  }
  return Buffer.concat(parts);
}

function amqplain(fields: Readonly<Record<string, string>>): WireOptions {
  return { mechanism: 'AMQPLAIN', response: amqplainResponse(fields) };
}

describe('login is accepted', () => {
  const accepted: readonly (readonly [how: string, options: WireOptions])[] = [
    ['with PLAIN', {}],
    ['as another user', { username: LIMITED.name, password: LIMITED.password }],
    ['with AMQPLAIN', amqplain({ LOGIN: 'guest', PASSWORD: 'guest' })],
    ['with AMQPLAIN, its fields the other way round', amqplain({ PASSWORD: 'guest', LOGIN: 'guest' })],
    ['with AMQPLAIN and fields of no meaning', amqplain({ LOGIN: 'guest', PASSWORD: 'guest', REALM: 'r' })],
    ['with an empty locale', { locale: '' }],
    ['with a locale that was not offered', { locale: 'de_DE' }],
    ['with no client properties', { clientProperties: EMPTY_TABLE }],
    ['with capabilities that are no table', { clientProperties: fieldTable({ capabilities: 'all' }) }],
  ];
  for (const [how, options] of accepted) {
    test(
      how,
      scenario(async (s) => {
        await s.client(options);
      }),
    );
  }
});

/** RabbitMQ waits three seconds before it closes the socket of a client that it has refused: so these run side by side. */
const SIDE_BY_SIDE = { concurrency: true };

describe('login is refused', SIDE_BY_SIDE, () => {
  const refused: readonly (readonly [what: string, mechanism: string, options: WireOptions])[] = [
    ['a wrong password', 'PLAIN', { password: 'wrong' }],
    ['an empty password', 'PLAIN', { password: '' }],
    ['an unknown user', 'PLAIN', { username: 'nobody' }],
    ['a password that differs in case', 'PLAIN', { password: 'GUEST' }],
    ['a password that only begins right', 'PLAIN', { password: 'guestguest' }],
    ['a wrong password with AMQPLAIN', 'AMQPLAIN', amqplain({ LOGIN: 'guest', PASSWORD: 'wrong' })],
  ];
  for (const [what, mechanism, options] of refused) {
    test(
      `for ${what}: 403, to a client that can be told`,
      scenario(async (s) => {
        const client = await s.dial();
        await client.login(options);
        await client.expectConnectionClose(403, REFUSED(mechanism));
      }),
    );
  }

  const untold = [EMPTY_TABLE, clientProperties({ authentication_failure_close: false })];
  for (const properties of [...untold, clientProperties({ authentication_failure_close: 1 })]) {
    test(
      'without a word to a client that cannot be told',
      scenario(async (s) => {
        const client = await s.dial();
        await client.login({ password: 'wrong', clientProperties: properties });
        await client.expectSocketClosed();
      }),
    );
  }
});

// What RabbitMQ 3.10 says from here on to a client that gets the handshake wrong is nothing at all. Later versions tell
// the client what 3.10 writes to its log, so that is what a server may say.

async function greeted(s: Scenario): Promise<WireClient> {
  const client = await s.dial();
  await client.greet();
  return client;
}

describe('a SASL response is refused', SIDE_BY_SIDE, () => {
  const malformed: readonly (readonly [what: string, options: WireOptions])[] = [
    ['PLAIN, empty', { response: Buffer.alloc(0) }],
    ['PLAIN, a name alone', { response: Buffer.from('guest') }],
    ['PLAIN without a password', { response: Buffer.from('\0guest') }],
    ['PLAIN with more after the password', { response: Buffer.from('\0guest\0guest\0') }],
    ['PLAIN with an authorization identity', { response: Buffer.from('other\0guest\0guest') }],
    ['AMQPLAIN, empty', amqplain({})],
    ['AMQPLAIN without a password', amqplain({ LOGIN: 'guest' })],
    ['AMQPLAIN without a name', amqplain({ PASSWORD: 'guest' })],
    ['AMQPLAIN that is no table', { mechanism: 'AMQPLAIN', response: Buffer.from('garbage') }],
  ];
  for (const [what, options] of malformed) {
    test(
      what,
      scenario(async (s) => {
        const client = await greeted(s);
        client.authenticate(options);
        await client.expectConnectionCloseOrSilence(502, /^SYNTAX_ERROR - /);
      }),
    );
  }

  for (const mechanism of ['', 'plain', 'EXTERNAL', 'NONSENSE']) {
    test(
      `the mechanism '${mechanism}'`,
      scenario(async (s) => {
        const client = await greeted(s);
        client.authenticate({ mechanism, response: plainResponse('guest', 'guest') });
        await client.expectConnectionCloseOrSilence(
          503,
          /^COMMAND_INVALID - (unknown|invalid) authentication mechanism '/,
        );
      }),
    );
  }
});

describe('tune-ok is refused', SIDE_BY_SIDE, () => {
  const refused: readonly (readonly [tune: WireOptions['tune'], text: string])[] = [
    [{ frameMax: 131073 }, 'frame_max = 131073 is higher than the maximum allowed value (131072)'],
    [{ frameMax: 4095 }, 'frame_max = 4095 is lower than the minimum allowed value (4096)'],
    [{ frameMax: 1 }, 'frame_max = 1 is lower than the minimum allowed value (4096)'],
    [{ channelMax: 2048 }, 'channel_max = 2048 is higher than the maximum allowed value (2047)'],
    [{ channelMax: 65535 }, 'channel_max = 65535 is higher than the maximum allowed value (2047)'],
    [{ channelMax: 0 }, 'channel_max = 0 (no limit) is higher than the maximum allowed value (2047)'],
    [{ frameMax: 0 }, 'frame_max = 0 is higher than the maximum allowed value (131072)'],
  ];
  for (const [tune = {}, text] of refused) {
    test(
      `with ${JSON.stringify(tune)}`,
      scenario(async (s) => {
        const client = await s.dial();
        await client.login();
        await client.tune({ tune });
        client.control.send('connection.open', { virtualHost: '/' });
        await client.expectConnectionCloseOrSilence(530, `NOT_ALLOWED - negotiated ${text}`);
      }),
    );
  }
});

describe('before connection.open', SIDE_BY_SIDE, () => {
  for (const method of ['connection.tune-ok', 'connection.open', 'connection.close', 'connection.secure-ok'] as const) {
    test(
      `${method} instead of start-ok is refused`,
      scenario(async (s) => {
        const client = await greeted(s);
        client.control.send(method, {});
        const text = 'CHANNEL_ERROR - unexpected method in connection state starting';
        await client.expectConnectionCloseOrSilence(504, text, method);
      }),
    );
  }

  for (const method of ['connection.open', 'connection.close', 'connection.secure-ok'] as const) {
    test(
      `${method} instead of tune-ok is refused`,
      scenario(async (s) => {
        const client = await s.dial();
        await client.login();
        await client.control.expect('connection.tune');
        client.control.send(method, {});
        const text = 'CHANNEL_ERROR - unexpected method in connection state tuning';
        await client.expectConnectionCloseOrSilence(504, text, method);
      }),
    );
  }

  test(
    'channel.open instead of start-ok is refused',
    scenario(async (s) => {
      const client = await greeted(s);
      client.rawChannel(1).send('channel.open');
      await client.expectConnectionCloseOrSilence(505, /^UNEXPECTED_FRAME - /);
    }),
  );

  test(
    'a body frame instead of start-ok is refused',
    scenario(async (s) => {
      const client = await greeted(s);
      client.sendFrame(FRAME_BODY, 0, Buffer.from('x'));
      await client.expectConnectionCloseOrSilence(505, 'UNEXPECTED_FRAME - type 3, all octets = <<"x">>');
    }),
  );

  test(
    'connection.close instead of connection.open is refused',
    scenario(async (s) => {
      const client = await s.dial();
      await client.login();
      await client.tune();
      client.control.send('connection.close', { replyCode: 200 });
      const text = 'CHANNEL_ERROR - unexpected method in connection state opening';
      await client.expectConnectionCloseOrSilence(504, text, 'connection.close');
    }),
  );
});
