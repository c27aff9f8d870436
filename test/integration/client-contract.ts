import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerUrl } from '../support/broker.ts';
import type { ClientChannel, ClientConnection, ClientLibrary } from '../support/clients/client.ts';
import { Inbox, numbered } from '../support/clients/inbox.ts';

const MIB = 2 ** 20;
const MANY = 20_000;

interface Stage {
  readonly connection: ClientConnection;
  /** In confirm mode: what is published is in its queue when that is awaited. */
  readonly channel: ClientChannel;
  /** Exclusive, and empty. */
  readonly queue: string;
}

/** What a client library needs of its broker, tried with that library; against any broker, as the conformance suite. */
export function testClient(library: ClientLibrary): void {
  describe(library.name, () => {
    /** A test with a connection, a channel and a queue. */
    function stagedTest(name: string, play: (stage: Stage) => Promise<void>): void {
      test(name, async () => {
        await using connection = await library.connect(brokerUrl);
        const channel = await connection.confirmChannel();
        const { queue } = await channel.declareQueue('', { exclusive: true, durable: false });
        await play({ connection, channel, queue });
      });
    }

    testDeliveries(stagedTest);
    testPublishing(stagedTest);
    testErrors(stagedTest);
  });
}

type StagedTest = (name: string, play: (stage: Stage) => Promise<void>) => void;

async function publishAll({ channel, queue }: Stage, texts: readonly string[]): Promise<void> {
  await Promise.all(texts.map((text) => channel.publish('', queue, Buffer.from(text))));
}

async function readyCount({ channel, queue }: Stage): Promise<number> {
  return (await channel.declareQueue(queue, { passive: true })).messageCount;
}

function testDeliveries(stagedTest: StagedTest): void {
  stagedTest('what is published to an exchange comes out of the queues bound to it', async ({ channel, queue }) => {
    await channel.declareExchange('measurements', 'topic');
    await channel.bindQueue(queue, 'measurements', '*.temperature');
    const inbox = await Inbox.open(channel, queue, { noAck: true });
    const options = {
      contentType: 'application/octet-stream',
      correlationId: 'c-1',
      replyTo: 'somewhere',
      persistent: true,
      headers: { unit: '°C', celsius: 21, calm: true },
    };
    await channel.publish('measurements', 'cellar.humidity', Buffer.from('not this one'));
    await channel.publish('measurements', 'cellar.temperature', Buffer.from([0, 206, 255]), options);
    const { tag, ...delivery } = await inbox.next();
    assert.deepEqual(delivery, {
      redelivered: false,
      exchange: 'measurements',
      routingKey: 'cellar.temperature',
      body: Buffer.from([0, 206, 255]),
      properties: options,
    });
  });

  stagedTest('basic.get takes one message after the other', async (stage) => {
    const { channel, queue } = stage;
    assert.equal(await channel.get(queue), undefined);
    await publishAll(stage, ['one', 'two']);
    for (const text of ['one', 'two']) {
      const delivery = await channel.get(queue);
      assert.equal(delivery?.body.toString(), text);
      channel.ack(delivery.tag);
    }
    assert.equal(await channel.get(queue), undefined);
  });

  stagedTest('what is acknowledged is gone, and the rest comes back when the channel closes', async (stage) => {
    const { connection, channel, queue } = stage;
    await publishAll(stage, numbered(6));
    const consuming = await connection.channel();
    const deliveries = await (await Inbox.open(consuming, queue)).take(6);
    consuming.ack(deliveries[2]!.tag, true);
    consuming.ack(deliveries[4]!.tag);
    await consuming.close();

    const again = await (await Inbox.open(channel, queue)).take(2);
    assert.deepEqual(
      again.map(({ body, redelivered }) => [`${body}`, redelivered]),
      [
        ['4', true],
        ['6', true],
      ],
    );
  });

  stagedTest('nack puts messages back to where they were, or drops them', async (stage) => {
    const { channel, queue } = stage;
    await publishAll(stage, numbered(5));
    const deliveries = await Promise.all(numbered(4).map(() => channel.get(queue)));
    const [first, second, third, fourth] = deliveries.map((delivery) => delivery!.tag);
    channel.nack(third!, { requeue: false });
    channel.nack(second!, { requeue: true, multiple: true });
    channel.nack(fourth!, { requeue: true });
    assert.ok(first! < second!);

    const again = await (await Inbox.open(channel, queue, { noAck: true })).take(4);
    assert.deepEqual(
      again.map(({ body, redelivered }) => [`${body}`, redelivered]),
      [
        ['1', true],
        ['2', true],
        ['4', true],
        ['5', false],
      ],
    );
  });

  stagedTest('no more than the prefetch count is unacknowledged', async (stage) => {
    const { connection, queue } = stage;
    await publishAll(stage, numbered(10));
    const consuming = await connection.channel();
    await consuming.prefetch(3);
    const inbox = await Inbox.open(consuming, queue);
    const [first, , third] = await inbox.take(3);
    // The answer to a method comes after whatever the broker had to deliver.
    assert.equal(await readyCount({ ...stage, channel: consuming }), 7);
    assert.equal(inbox.size, 0);

    consuming.ack(first!.tag);
    assert.deepEqual(await inbox.texts(1), ['4']);
    consuming.ack(third!.tag, true);
    assert.deepEqual(await inbox.texts(2), ['5', '6']);
    assert.equal(await readyCount({ ...stage, channel: consuming }), 4);
    assert.equal(inbox.size, 0);
  });

  stagedTest('nothing is delivered after a cancellation', async (stage) => {
    const { channel, queue } = stage;
    const inbox = await Inbox.open(channel, queue, { noAck: true });
    await publishAll(stage, ['before']);
    assert.deepEqual(await inbox.texts(1), ['before']);
    await channel.cancel(inbox.consumerTag);
    await publishAll(stage, ['after']);
    assert.equal(await readyCount(stage), 1);
    assert.equal(inbox.size, 0);
  });

  stagedTest(`${MANY} messages arrive in order`, async (stage) => {
    const { connection, queue } = stage;
    const consuming = await connection.channel();
    await consuming.prefetch(500);
    const inbox = await Inbox.open(consuming, queue);
    const publishing = await connection.channel();
    const sent = numbered(MANY);
    const everythingSent = (async () => {
      for (const text of sent) await publishing.publish('', queue, Buffer.from(text));
    })();
    const received: string[] = [];
    while (received.length < MANY) {
      const { body, tag } = await inbox.next();
      received.push(body.toString());
      if (received.length % 100 === 0) consuming.ack(tag, true);
    }
    await everythingSent;
    assert.deepEqual(received, sent);
    assert.deepEqual(await consuming.declareQueue(queue, { passive: true }), {
      queue,
      messageCount: 0,
      consumerCount: 1,
    });
  });
}

function testPublishing(stagedTest: StagedTest): void {
  stagedTest('every message of a thousand is confirmed, and is in the queue then', async (stage) => {
    await publishAll(stage, numbered(1000));
    assert.equal(await readyCount(stage), 1000);
  });

  stagedTest('a mandatory message without a queue comes back, and is confirmed', async ({ channel, queue }) => {
    const returned = new Promise((resolve) => channel.onReturn(resolve));
    await channel.publish('', queue, Buffer.from('arrives'), { mandatory: true });
    await channel.publish('', 'nowhere', Buffer.from('comes back'), { mandatory: true });
    assert.deepEqual(await returned, {
      replyCode: 312,
      replyText: 'NO_ROUTE',
      routingKey: 'nowhere',
      body: Buffer.from('comes back'),
    });
  });

  stagedTest('messages of any size arrive as they were', async (stage) => {
    const { channel, queue } = stage;
    const inbox = await Inbox.open(channel, queue, { noAck: true });
    // Around the ends of frames of 8 KiB, which two of the libraries have, and of 128 KiB; then some of many frames.
    const sizes = [0, 1, 8183, 8184, 8185, 131_063, 131_064, 131_065, MIB, 5 * MIB + 1];
    for (const size of sizes) {
      const body = Buffer.alloc(size, `${size} `);
      await channel.publish('', queue, body);
      const { body: received } = await inbox.next();
      assert.ok(received.equals(body), `${size} octets, of which ${received.length} arrived`);
    }
  });

  stagedTest('a request finds its server, and the answer its caller', async ({ connection, channel, queue }) => {
    const serving = await connection.channel();
    const { queue: requests } = await serving.declareQueue('', { exclusive: true, durable: false });
    await serving.consume(requests, ({ tag, body, properties }) => {
      const { replyTo = '', correlationId = '' } = properties;
      serving.publish('', replyTo, Buffer.from(`${body}`.toUpperCase()), { correlationId });
      serving.ack(tag);
    });

    const answers = await Inbox.open(channel, queue, { noAck: true });
    for (const text of ['first', 'second']) {
      await channel.publish('', requests, Buffer.from(text), { replyTo: queue, correlationId: `to ${text}` });
    }
    const received = await answers.take(2);
    assert.deepEqual(
      received.map(({ body, properties }) => [properties.correlationId, `${body}`]),
      [
        ['to first', 'FIRST'],
        ['to second', 'SECOND'],
      ],
    );
  });
}

function testErrors(stagedTest: StagedTest): void {
  const errors: readonly (readonly [what: string, text: RegExp, cause: (stage: Stage) => Promise<unknown>])[] = [
    [
      'declaring passively what is not there',
      /NOT_FOUND - no queue 'missing' in vhost '\/'/,
      ({ channel }) => channel.declareQueue('missing', { passive: true }),
    ],
    [
      'publishing to an exchange that is not there',
      /NOT_FOUND - no exchange 'missing' in vhost '\/'/,
      ({ channel }) => channel.publish('missing', '', Buffer.from('lost')),
    ],
    [
      'declaring a queue otherwise than it is',
      /PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'there' in vhost '\/': received 'true' but current is 'false'/,
      async ({ channel }) => {
        await channel.declareQueue('there', { durable: false });
        await channel.declareQueue('there', { durable: true });
      },
    ],
    [
      'acknowledging what was not delivered',
      /PRECONDITION_FAILED - unknown delivery tag 7/,
      ({ channel, queue }) => {
        channel.ack(7);
        return channel.declareQueue(queue, { passive: true });
      },
    ],
  ];
  for (const [what, text, cause] of errors) {
    stagedTest(`${what} closes the channel and nothing else`, async (stage) => {
      const channel = await stage.connection.confirmChannel();
      await assert.rejects(cause({ ...stage, channel }), text);
      await publishAll(stage, ['still works']);
      assert.equal(await readyCount(stage), 1);
      const another = await stage.connection.channel();
      assert.equal(await readyCount({ ...stage, channel: another }), 1);
    });
  }
}
