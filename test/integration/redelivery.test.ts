import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Broker, startBroker } from 'leveret';
import { amqplib } from '../support/clients/amqplib.ts';
import type { ClientChannel, ClientConnection } from '../support/clients/client.ts';
import { Inbox, numbered } from '../support/clients/inbox.ts';
import { LIBRARIES } from '../support/clients/libraries.ts';
import type { WireChannel } from '../support/wire-channel.ts';
import { WireClient } from '../support/wire-client.ts';

let broker: Broker;
before(async () => {
  broker = await startBroker({ port: 0 });
});
after(() => broker.close());

async function fill(channel: ClientChannel, queue: string, texts: readonly string[]): Promise<void> {
  await channel.declareQueue(queue);
  for (const text of texts) await channel.publish('', queue, Buffer.from(text));
  // So that all of it is there before anybody consumes it.
  await channel.declareQueue(queue, { passive: true });
}

async function redelivered(inbox: Inbox, count: number): Promise<string[]> {
  return (await inbox.take(count)).map(({ body, redelivered: again }) => `${body}${again ? ' again' : ''}`);
}

describe('what a consumer leaves unacknowledged goes to another, in order', () => {
  for (const library of LIBRARIES) {
    for (const what of ['channel', 'connection'] as const) {
      test(`when it closes its ${what} (${library.name})`, async () => {
        const queue = `${what} of ${library.name}`;
        await using staying = await library.connect(broker.url);
        await using leaving = await library.connect(broker.url);
        const channel = await staying.channel();
        await fill(channel, queue, numbered(8));
        const leavingChannel = await leaving.channel();
        await leavingChannel.prefetch(5);
        const deliveries = await (await Inbox.open(leavingChannel, queue)).take(5);
        leavingChannel.ack(deliveries[1]!.tag);
        leavingChannel.ack(deliveries[3]!.tag);
        // Those two make room for two more, which come before the answer to this.
        await leavingChannel.declareQueue(queue, { passive: true });

        const inbox = await Inbox.open(channel, queue, { noAck: true });
        assert.deepEqual(await redelivered(inbox, 1), ['8']);
        await (what === 'channel' ? leavingChannel : leaving).close();
        assert.deepEqual(await redelivered(inbox, 5), ['1 again', '3 again', '5 again', '6 again', '7 again']);
      });
    }
  }

  test('when its connection breaks', async () => {
    const wire = await WireClient.open(broker.url);
    const channels = [await wire.channel(1), await wire.channel(2)];
    await using connection = await amqplib.connect(broker.url);
    const channel = await connection.channel();
    await fill(channel, 'broken', numbered(6));
    for (const each of channels) {
      await each.call('basic.qos', { prefetchCount: 2 });
      await each.call('basic.consume', { queue: 'broken' });
      for (const _ of numbered(2)) await each.expect('basic.deliver');
    }
    const inbox = await Inbox.open(channel, 'broken', { noAck: true });
    assert.deepEqual(await redelivered(inbox, 2), ['5', '6']);
    await wire.abort();
    const again = await redelivered(inbox, 4);
    assert.deepEqual(again.sort(), ['1 again', '2 again', '3 again', '4 again']);
  });
});

describe('consumers of one queue', () => {
  async function connectAll(count: number): Promise<ClientConnection[]> {
    return Promise.all(numbered(count).map((_, index) => LIBRARIES[index % LIBRARIES.length]!.connect(broker.url)));
  }

  test('take turns, on whichever connections they are', async () => {
    const connections = await connectAll(4);
    const [channel, ...others] = await Promise.all(connections.map((connection) => connection.channel()));
    await channel!.declareQueue('turns');
    const inboxes: Inbox[] = [];
    for (const each of [channel!, ...others]) inboxes.push(await Inbox.open(each, 'turns', { noAck: true }));
    const texts = numbered(400);
    for (const text of texts) await channel!.publish('', 'turns', Buffer.from(text));
    for (const [index, inbox] of inboxes.entries()) {
      const everyFourth = texts.filter((_, position) => position % 4 === index);
      assert.deepEqual(await inbox.texts(100), everyFourth);
    }
    await Promise.all(connections.map((connection) => connection.close()));
  });

  test('are passed over while they have as much as they can take', async () => {
    const connections = await connectAll(3);
    const [busy, idle, publishing] = await Promise.all(connections.map((connection) => connection.channel()));
    await publishing!.declareQueue('busy');
    await busy!.prefetch(2);
    await idle!.prefetch(2);
    const busyInbox = await Inbox.open(busy!, 'busy');
    const idleInbox = await Inbox.open(idle!, 'busy');
    for (const text of numbered(20)) await publishing!.publish('', 'busy', Buffer.from(text));

    const busyDeliveries = await busyInbox.take(2);
    const received: string[] = [];
    while (received.length < 18) {
      const { tag, body } = await idleInbox.next();
      received.push(body.toString());
      idle!.ack(tag);
    }
    const taken = busyDeliveries.map(({ body }) => body.toString());
    assert.deepEqual(
      received,
      numbered(20).filter((text) => !taken.includes(text)),
    );
    busy!.ack(busyDeliveries[1]!.tag, true);
    assert.equal((await busy!.declareQueue('busy', { passive: true })).messageCount, 0);
    await Promise.all(connections.map((connection) => connection.close()));
  });
});

describe('so many deliveries that they are settled in slices', () => {
  const COUNT = 10_000;

  /** A channel that has them all, and one of another connection. */
  async function delivered(queue: string) {
    const [consumer, other] = [await WireClient.open(broker.url), await WireClient.open(broker.url)];
    const [channel, observer] = [await consumer.channel(), await other.channel()];
    await observer.call('queue.declare', { queue });
    for (let i = 0; i < COUNT; i++) observer.publish('', queue, String(i));
    await observer.awaitCount(queue, COUNT);
    await channel.call('basic.consume', { queue, consumerTag: 'c' });
    for (let i = 0; i < COUNT; i++) await channel.expectDelivery();
    return { consumer, channel, observer };
  }

  test('are acknowledged, although the connection goes at once', async () => {
    const { consumer, channel, observer } = await delivered('acknowledged');
    channel.send('basic.ack', { deliveryTag: 0, multiple: true });
    await consumer.close();
    await observer.awaitCount('acknowledged', 0);
    const { messageCount } = await observer.call('queue.delete', { queue: 'acknowledged', ifEmpty: true });
    assert.equal(messageCount, 0);
  });

  for (const [what, giveBack] of [
    ['by nack', (channel) => channel.send('basic.nack', { deliveryTag: 0, multiple: true, requeue: true })],
    ['by recover', (channel) => channel.send('basic.recover', { requeue: true })],
    ['as the channel is closed', (channel) => channel.send('channel.close', { replyCode: 200 })],
  ] as const satisfies readonly (readonly [string, (channel: WireChannel) => void])[]) {
    test(`return in order, ${what}`, async () => {
      const queue = `returned ${what}`;
      const { channel, observer } = await delivered(queue);
      await channel.call('basic.cancel', { consumerTag: 'c' });
      giveBack(channel);
      await observer.awaitCount(queue, COUNT);
      await observer.call('basic.consume', { queue, noAck: true });
      for (let i = 0; i < COUNT; i++) {
        const { body, redelivered: again } = await observer.expectDelivery();
        assert.deepEqual([String(body), again], [String(i), true]);
      }
    });
  }
});
