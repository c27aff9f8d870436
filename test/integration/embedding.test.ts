import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, test } from 'node:test';
import { ConfigError, startBroker } from 'leveret';
import { amqplib } from '../support/clients/amqplib.ts';
import { LIBRARIES } from '../support/clients/libraries.ts';
import { fixturePath } from '../support/fixture.ts';
import { WireClient } from '../support/wire-client.ts';

const SHUTDOWN = "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'";

async function assertNobodyListens(port: number): Promise<void> {
  const socket = net.connect(port, '127.0.0.1');
  await assert.rejects(once(socket, 'connect'), { code: 'ECONNREFUSED' });
}

describe('an embedded broker', () => {
  test('says where it listens', async () => {
    await using broker = await startBroker({ port: 0 });
    assert.ok(broker.port > 0);
    assert.equal(broker.url, `amqp://guest:guest@127.0.0.1:${broker.port}`);
    await using named = await startBroker({ port: 0, users: [{ name: 'anna', password: 'secret' }] });
    assert.equal(named.url, `amqp://127.0.0.1:${named.port}`);
  });

  test('says so of an IPv6 address too, as clients want it', async (t) => {
    const addresses = Object.values(networkInterfaces()).flatMap((known) => known ?? []);
    if (!addresses.some(({ address }) => address === '::1')) return t.skip('this machine has no IPv6');
    await using broker = await startBroker({ port: 0, bind: '::1' });
    assert.equal(broker.url, `amqp://guest:guest@[::1]:${broker.port}`);
    await using connection = await amqplib.connect(broker.url);
    await connection.channel();
  });

  test('starts with the definitions of a RabbitMQ', async () => {
    const definitions = fixturePath('rabbitmq-3.10-management.json');
    await using broker = await startBroker({ port: 0, definitions });
    assert.match(broker.url, /^amqp:\/\/guest:guest@/); // who is in the file, with that password
    await using connection = await amqplib.connect(`amqp://anna:anna-secret@127.0.0.1:${broker.port}/shop`);
    const channel = await connection.channel();
    await channel.publish('a-topic', 'orders.new', Buffer.from('one shoe'));
    await using managing = await amqplib.connect(`${broker.url}/shop`);
    assert.equal((await (await managing.channel()).get('quorum'))?.body.toString(), 'one shoe');
    await assert.rejects(startBroker({ port: 0, definitions: '/nonexistent.json' }), {
      name: 'ConfigError',
      message: '/nonexistent.json: cannot be read: ENOENT',
    });
  });

  test('shares nothing with others in the process', async () => {
    await using one = await startBroker({ port: 0 });
    await using other = await startBroker({ port: 0, users: [{ name: 'anna', password: 'secret' }] });
    await using connection = await amqplib.connect(one.url);
    await using elsewhere = await amqplib.connect(other.url.replace('//', '//anna:secret@'));
    const channel = await connection.channel();
    const otherChannel = await elsewhere.channel();

    for (const [there, text] of [
      [channel, 'in one'],
      [otherChannel, 'in the other'],
    ] as const) {
      await there.declareQueue('same-name');
      await there.publish('', 'same-name', Buffer.from(text));
    }
    assert.equal((await channel.get('same-name'))?.body.toString(), 'in one');
    assert.equal((await otherChannel.get('same-name'))?.body.toString(), 'in the other');

    await channel.declareQueue('only-in-one');
    await assert.rejects(otherChannel.declareQueue('only-in-one', { passive: true }), /NOT_FOUND/);
    await assert.rejects(amqplib.connect(other.url), /ACCESS_REFUSED/);
    await assert.rejects(amqplib.connect(one.url.replace('guest:guest', 'anna:secret')), /ACCESS_REFUSED/);

    await other.close();
    await channel.declareQueue('still-there');
  });

  test('is refused a port that is in use, which does its user no harm', async () => {
    await using broker = await startBroker({ port: 0 });
    await assert.rejects(startBroker({ port: broker.port }), { code: 'EADDRINUSE' });
    await using connection = await amqplib.connect(broker.url);
    await connection.channel();
  });

  test('refuses options that make no sense', async () => {
    await assert.rejects(startBroker({ port: 70_000 }), ConfigError);
    await assert.rejects(startBroker({ port: 0, vhosts: [] }), ConfigError);
    const permissions = { '/none': { configure: '', write: '', read: '' } };
    await assert.rejects(startBroker({ port: 0, users: [{ name: 'a', password: 'b', permissions }] }), ConfigError);
  });

  test('refuses messages over maxMessageSizeOctets, and closes the channel only', async () => {
    await using broker = await startBroker({ port: 0, maxMessageSizeOctets: 1000 });
    for (const library of LIBRARIES) {
      await using connection = await library.connect(broker.url);
      const channel = await connection.confirmChannel();
      const other = await connection.confirmChannel();
      const { queue } = await other.declareQueue('', { exclusive: true });
      await channel.publish('', queue, Buffer.alloc(1000));
      await assert.rejects(
        channel.publish('', queue, Buffer.alloc(1001)),
        /PRECONDITION_FAILED - message size 1001 is larger than configured max size 1000/,
        library.name,
      );
      await other.publish('', queue, Buffer.alloc(1000));
      assert.equal((await other.declareQueue(queue, { passive: true })).messageCount, 2);
    }
  });
});

describe('closing a broker', () => {
  for (const library of LIBRARIES) {
    test(`tells clients why (${library.name})`, async () => {
      const broker = await startBroker({ port: 0 });
      await using connection = await library.connect(broker.url);
      const channel = await connection.confirmChannel();
      await channel.declareQueue('q');
      await channel.publish('', 'q', Buffer.from('confirmed'));
      await broker.close();
      const reason = await connection.closed;
      assert.ok(reason?.message.includes(SHUTDOWN), `${reason}`);
    });
  }

  test('is what `await using` does', async () => {
    let port: number;
    let told: Promise<void>;
    {
      await using broker = await startBroker({ port: 0 });
      port = broker.port;
      const client = await WireClient.open(broker.url);
      told = client.expectConnectionClose(320, SHUTDOWN);
    }
    await told;
    await assertNobodyListens(port);
  });

  test('twice is no more than once', async () => {
    const broker = await startBroker({ port: 0 });
    const client = await WireClient.open(broker.url);
    const closed = [broker.close(), broker.close()];
    await client.expectConnectionClose(320, SHUTDOWN);
    await Promise.all(closed);
    await broker.close();
    await assertNobodyListens(broker.port);
  });

  test('drops those who have not logged in', async () => {
    const broker = await startBroker({ port: 0 });
    const silent = await WireClient.dial(broker.url);
    const begun = await WireClient.dial(broker.url);
    await begun.greet();
    await broker.close();
    await silent.expectSocketClosed();
    await begun.expectSocketClosed();
  });
});
