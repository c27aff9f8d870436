import assert from 'node:assert/strict';
import type { WireChannel } from '../support/wire-channel.ts';
import { WireClient } from '../support/wire-client.ts';
import type { Delivery, Received, WireEvent } from '../support/wire-events.ts';
import { describe } from '../support/wire-events.ts';
import {
  type ChannelModel,
  EXCHANGES,
  type Message,
  Model,
  newChannel,
  type Outcome,
  QUEUES,
  type QueueModel,
} from './model.ts';
import type { ObservedServer } from './observed-server.ts';

export const CLIENTS = 2;
const CHANNELS_EACH = 2;
/** A channel of each connection that only asks whether everything before has come. */
const PROBE_CHANNEL = 9;

/** A channel that a test uses, with what the model knows of it. */
interface Line {
  readonly model: ChannelModel;
  wire: WireChannel;
  /** Of the channel's publishes, how many are confirmed. */
  confirmed: number;
}

/** Clients of a real broker, and the model beside it. Every operation is done on both, and what follows compared. */
export class World {
  readonly server: ObservedServer;
  readonly lines: Line[] = [];
  readonly model: Model;
  private readonly clients: WireClient[] = [];
  private published = 0;
  private consumers = 0;

  private constructor(server: ObservedServer, clients: WireClient[]) {
    this.server = server;
    this.clients = clients;
    this.model = new Model(Array.from({ length: CLIENTS * CHANNELS_EACH }, (_, i) => newChannel(i % CLIENTS)));
  }

  static async open(server: ObservedServer): Promise<World> {
    const clients: WireClient[] = [];
    for (let i = 0; i < CLIENTS; i++) clients.push(await WireClient.open(server.url));
    const world = new World(server, clients);
    for (const [i, model] of world.model.channels.entries()) {
      world.lines.push({ model, confirmed: 0, wire: await clients[i % CLIENTS]!.channel(1 + Math.floor(i / CLIENTS)) });
    }
    for (const client of clients) await client.channel(PROBE_CHANNEL);
    const [{ wire, model }] = world.lines as [Line];
    for (const exchange of EXCHANGES) await wire.call('exchange.declare', { exchange, type: exchange });
    for (const queue of QUEUES.slice(0, 2)) {
      await wire.call('queue.declare', { queue });
      world.model.declare(model, queue, false, false);
    }
    return world;
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.abort()));
  }

  line(number: number): Line {
    return this.lines[number % this.lines.length]!;
  }

  nextBody(): string {
    return `message ${this.published++}`;
  }

  nextTag(): string {
    return `consumer ${this.consumers++}`;
  }

  /**
   * Does an operation on both sides and compares all that it leads to, on all channels.
   * @param check asserts what the broker answers; without it, it does not answer
   */
  async step(
    line: Line,
    operation: (model: Model) => number | undefined,
    send: (channel: WireChannel) => void,
    check?: (answer: WireEvent) => void,
  ): Promise<void> {
    const outcome = this.model.do(line.model, operation);
    send(line.wire);
    await this.settle(line.model.client);
    for (const other of this.lines) await this.compare(other, other === line ? check : undefined, outcome);
    this.assertAllDelivered(outcome);
    if (outcome.error !== undefined) await this.reopen(line);
  }

  /** Everything that the broker does for what the client has sent so far has come, to whichever client. */
  private async settle(client: number): Promise<void> {
    const order = [client, client, ...this.clients.keys()]; // confirms come at a turn's end: the first answer may be earlier
    for (const i of order) {
      await this.clients[i]!.rawChannel(PROBE_CHANNEL).call('exchange.declare', { exchange: 'direct', passive: true });
    }
  }

  private async compare(line: Line, check: ((answer: WireEvent) => void) | undefined, outcome: Outcome): Promise<void> {
    const answers: WireEvent[] = [];
    const cancelled: string[] = [];
    const returned: string[] = [];
    const lastOf = new Map<QueueModel, number>();
    while (line.wire.pending > 0) {
      const event = await line.wire.next();
      if (event.name === 'basic.deliver') this.compareDelivery(line, event.args, outcome, lastOf);
      else if (event.name === 'basic.cancel') cancelled.push(event.args.consumerTag);
      else if (event.name === 'basic.ack') confirm(line, event.args);
      else if (event.name === 'basic.return') returned.push(event.args.body.toString());
      else answers.push(event);
    }
    const expected = outcome.cancelled.filter(({ channel }) => channel === line.model).map(({ tag }) => tag);
    assert.deepEqual(cancelled.sort(), expected.sort(), 'cancelled consumers');
    if (line.model.isConfirming) assert.equal(line.confirmed, line.model.publishedCount, 'confirms');
    if (check === undefined && outcome.error === undefined) assert.deepEqual(answers.map(describe), []);
    if (outcome.returned.length > 0 && returned.length > 0) assert.deepEqual(returned, outcome.returned);
    this.compareAnswers(line, answers, check, outcome);
  }

  private compareAnswers(
    line: Line,
    answers: WireEvent[],
    check: ((answer: WireEvent) => void) | undefined,
    { error }: Outcome,
  ): void {
    const [answer] = answers;
    if (answer === undefined && check === undefined) return;
    assert.equal(answers.length, 1, `answers: ${answers.map(describe)}`);
    if (error === undefined) {
      check?.(answer!);
      return;
    }
    if (answer!.name !== 'channel.close') assert.fail(`${describe(answer!)}, although it is an error ${error}`);
    assert.equal(answer!.args.replyCode, error, answer!.args.replyText);
    line.wire.send('channel.close-ok');
  }

  private compareDelivery(line: Line, delivery: Delivery, outcome: Outcome, lastOf: Map<QueueModel, number>): void {
    const consumer = line.model.consumers.get(delivery.consumerTag);
    assert.ok(consumer !== undefined, `a delivery to ${delivery.consumerTag}, which does not consume`);
    const due = outcome.deliveries.get(consumer.queue) ?? [];
    const position = due.findIndex(({ body }) => body === delivery.body.toString());
    assert.ok(position >= 0, `${delivery.body} is not due from ${consumer.queue.name}`);
    assert.ok(position > (lastOf.get(consumer.queue) ?? -1), 'order of deliveries');
    lastOf.set(consumer.queue, position);
    const message = due[position]!;
    assert.equal(delivery.redelivered, message.wasDelivered, 'redelivered');
    this.model.delivered(consumer, Number(delivery.deliveryTag), message);
    this.accountedFor.add(message);
  }

  private readonly accountedFor = new Set<Message>();

  private assertAllDelivered(outcome: Outcome): void {
    for (const [queue, due] of outcome.deliveries) {
      const missing = due.filter((message) => !this.accountedFor.has(message)).map(({ body }) => body);
      assert.deepEqual(missing, [], `deliveries from ${queue.name}`);
    }
    this.accountedFor.clear();
  }

  private async reopen(line: Line): Promise<void> {
    await line.wire.call('channel.open');
    line.confirmed = 0;
  }

  /** A client closes its channel. */
  async closeChannel(line: Line): Promise<void> {
    await this.step(
      line,
      (model) => void model.closeChannel(line.model),
      (wire) => wire.send('channel.close'),
      (answer) => assert.equal(answer.name, 'channel.close-ok'),
    );
    await this.reopen(line);
  }

  /** A client goes, with or without a word, and another one comes in its place. */
  async replaceClient(number: number, says: boolean): Promise<void> {
    const own = this.lines.filter(({ model }) => model.client === number);
    const outcome = this.model.do(own[0]!.model, (model) => void model.dropClient(number));
    if (says) await this.clients[number]!.close();
    else await this.clients[number]!.abort();
    await this.server.awaitConnections(CLIENTS - 1);
    const client = await WireClient.open(this.server.url);
    this.clients[number] = client;
    for (const [i, line] of own.entries()) {
      line.wire = await client.channel(1 + i);
      line.confirmed = 0;
    }
    await client.channel(PROBE_CHANNEL);
    await this.settle(number);
    for (const line of this.lines) await this.compare(line, undefined, outcome);
    this.assertAllDelivered(outcome);
  }
}

function confirm(line: Line, { deliveryTag, multiple }: Received<'basic.ack'>): void {
  const tag = Number(deliveryTag);
  assert.ok(multiple ? tag > line.confirmed : tag === line.confirmed + 1, `confirm of ${tag}`);
  line.confirmed = tag;
}
