import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Broker, startBroker } from 'leveret';
import { fieldTable } from '#src/protocol/field-table.js';
import type { WireChannel } from '../support/wire-channel.ts';
import { WireClient } from '../support/wire-client.ts';

// RabbitMQ looks at its channels once a minute, and 3.10 has no limits of queues' own: this is not for the conformance suite.

const TIMED_OUT = (channel: number, timeoutMs: number): string =>
  `PRECONDITION_FAILED - delivery acknowledgement on channel ${channel} timed out. Timeout value used: ${timeoutMs} ms. ` +
  'This timeout value can be configured, see consumers doc guide to learn more';

/** A broker and connections to it, which end before it does. */
class Stage implements AsyncDisposable {
  private readonly broker: Broker;
  private readonly clients: WireClient[] = [];

  private constructor(broker: Broker) {
    this.broker = broker;
  }

  static async open(consumerTimeoutMs: number): Promise<Stage> {
    return new Stage(await startBroker({ port: 0, consumerTimeoutMs }));
  }

  async client(): Promise<WireClient> {
    const client = await WireClient.open(this.broker.url);
    this.clients.push(client);
    return client;
  }

  async channel(): Promise<WireChannel> {
    return (await this.client()).channel();
  }

  /** Has a message delivered that nobody acknowledges, and awaits what becomes of the channel. */
  async letTimeOut(timeoutMs: number, ownTimeoutMs?: number): Promise<void> {
    const channel = await this.channel();
    await declare(channel, 'slow', ownTimeoutMs);
    channel.publish('', 'slow', 'never acknowledged');
    await channel.call('basic.consume', { queue: 'slow' });
    await channel.expectDelivery('never acknowledged');
    await channel.expectChannelClose(406, TIMED_OUT(1, timeoutMs));
    await channel.call('channel.open');
    await channel.call('queue.delete', { queue: 'slow' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.clients.map((client) => client.abort()));
    await this.broker.close();
  }
}

async function declare(channel: WireChannel, queue: string, ownTimeoutMs?: number): Promise<void> {
  const args = fieldTable(ownTimeoutMs === undefined ? {} : { 'x-consumer-timeout': ownTimeoutMs });
  await channel.call('queue.declare', { queue, arguments: args });
}

describe('a delivery that is not acknowledged in time', { concurrency: true }, () => {
  test('closes its channel and goes back to its queue; the connection goes on', async () => {
    await using stage = await Stage.open(100);
    const client = await stage.client();
    const [other, channel] = [await client.channel(1), await client.channel(7)];
    await declare(other, 'q');
    await channel.call('basic.consume', { queue: 'q' });
    const beganMs = performance.now();
    for (const body of ['a', 'b']) other.publish('', 'q', body);
    await channel.expectDeliveries('a', 'b');
    channel.send('basic.ack', { deliveryTag: 1 });
    await channel.expectChannelClose(406, TIMED_OUT(7, 100));
    assert.ok(performance.now() - beganMs >= 100);
    assert.equal((await other.expectMessage('q', 'b')).redelivered, true);
    await other.expectMessages('q');
    await channel.call('channel.open');
  });

  test('may have been taken by basic.get', async () => {
    await using stage = await Stage.open(100);
    const channel = await stage.channel();
    await declare(channel, 'q');
    channel.publish('', 'q', 'a');
    assert.ok(await channel.get('q', false));
    await channel.expectChannelClose(406, TIMED_OUT(1, 100));
  });

  test('is nothing to others: those who acknowledge, need not, or have done so in a transaction', async () => {
    await using stage = await Stage.open(300);
    const [prompt, careless, transactional] = [await stage.channel(), await stage.channel(), await stage.channel()];
    for (const queue of ['prompt', 'careless', 'transactional']) await declare(prompt, queue);
    await prompt.call('basic.consume', { queue: 'prompt' });
    await careless.call('basic.consume', { queue: 'careless', noAck: true });
    await transactional.call('tx.select');
    await transactional.call('basic.consume', { queue: 'transactional' });
    careless.publish('', 'careless', 'm');
    careless.publish('', 'transactional', 'm');
    await careless.expectDelivery('m');
    const { deliveryTag } = await transactional.expectDelivery('m');
    transactional.send('basic.ack', { deliveryTag });
    for (let round = 0; round < 3; round++) {
      careless.publish('', 'prompt', 'm');
      prompt.send('basic.ack', { deliveryTag: (await prompt.expectDelivery('m')).deliveryTag });
      await stage.letTimeOut(300);
    }
    for (const channel of [prompt, careless, transactional]) await channel.expectNothing();
    await transactional.call('tx.commit');
  });
});

describe('a queue with a limit of its own', { concurrency: true }, () => {
  test('has it where the broker has another, or none', async () => {
    for (const consumerTimeoutMs of [60_000, 0]) {
      await using stage = await Stage.open(consumerTimeoutMs);
      const patient = await stage.channel();
      await declare(patient, 'patient');
      patient.publish('', 'patient', 'm');
      await patient.call('basic.consume', { queue: 'patient' });
      await patient.expectDelivery('m');
      await stage.letTimeOut(100, 100);
      await patient.expectNothing();
    }
  });

  test('may have a longer one, or none at all; on the same channel, too', async () => {
    await using stage = await Stage.open(100);
    const patient = await stage.channel();
    const limits = { long: 600, none: 0 };
    for (const [queue, limitMs] of Object.entries(limits)) {
      await declare(patient, queue, limitMs);
      patient.publish('', queue, queue);
    }
    const beganMs = performance.now();
    for (const queue of ['none', 'long']) {
      await patient.call('basic.consume', { queue });
      await patient.expectDelivery(queue);
    }
    await stage.letTimeOut(100);
    await patient.expectChannelClose(406, TIMED_OUT(1, 600));
    assert.ok(performance.now() - beganMs >= 600);
  });
});
