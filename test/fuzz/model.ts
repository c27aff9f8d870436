import assert from 'node:assert/strict';

/** The AMQP model as plainly as it can be written: what a broker has after the operations so far, and what it must say. */

export interface Message {
  readonly body: string;
  /** The position in its queue, for good. */
  readonly sequence: number;
  wasDelivered: boolean;
}

export interface QueueModel {
  readonly name: string;
  readonly autoDelete: boolean;
  /** The client that alone may use it. */
  readonly owner: number | undefined;
  readonly ready: Message[];
  readonly consumers: ConsumerModel[];
  nextSequence: number;
  isDeleted: boolean;
}

export interface ConsumerModel {
  readonly tag: string;
  readonly channel: ChannelModel;
  readonly queue: QueueModel;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  /** 0: no limit. */
  readonly prefetch: number;
  unacked: number;
}

export interface Unacked {
  readonly queue: QueueModel;
  readonly message: Message;
  readonly consumer: ConsumerModel | undefined;
}

export interface ChannelModel {
  /** Of the client whose connection it is on. */
  readonly client: number;
  readonly consumers: Map<string, ConsumerModel>;
  /** By delivery tag. */
  readonly unacked: Map<number, Unacked>;
  lastDeliveryTag: number;
  prefetch: number;
  isConfirming: boolean;
  publishedCount: number;
  /** What waits for the commit, on a transactional channel. */
  transaction: Transaction | undefined;
}

interface Transaction {
  publishes: { readonly queues: ReadonlySet<QueueModel>; readonly body: string; readonly mandatory: boolean }[];
  settlements: { readonly tag: number; readonly unacked: Unacked; readonly requeue: boolean }[];
}

export interface Binding {
  readonly source: string;
  readonly destination: QueueModel | string;
  readonly key: string;
}

/** The queues that there may be; the first two are there from the beginning. */
export const QUEUES = ['a', 'b', 'a.b'] as const;
export const EXCHANGES = ['direct', 'fanout', 'topic'] as const;

export function newChannel(client: number): ChannelModel {
  const counters = { lastDeliveryTag: 0, prefetch: 0, publishedCount: 0 };
  const modes = { isConfirming: false, transaction: undefined };
  return { client, consumers: new Map(), unacked: new Map(), ...modes, ...counters };
}

/** What an operation makes the broker say, besides the answer to it. */
export class Outcome {
  /** The channel is closed with this code. */
  error: number | undefined;
  /** By queue, in order: to whichever of its consumers. */
  readonly deliveries = new Map<QueueModel, Message[]>();
  readonly cancelled: ConsumerModel[] = [];
  readonly returned: string[] = [];
}

export class Model {
  readonly queues = new Map<string, QueueModel>();
  readonly channels: ChannelModel[];
  private bindings: Binding[] = [];
  private outcome = new Outcome();

  constructor(channels: ChannelModel[]) {
    this.channels = channels;
  }

  /** Does the operation, and says what comes of it. An error closes the channel. */
  do(channel: ChannelModel, operation: (model: Model) => number | undefined): Outcome {
    this.outcome = new Outcome();
    this.outcome.error = operation(this);
    if (this.outcome.error !== undefined) this.closeChannel(channel);
    return this.outcome;
  }

  // Operations; they return the code of the error that they are

  declare(channel: ChannelModel, name: string, autoDelete: boolean, exclusive: boolean): number | undefined {
    const existing = this.queues.get(name);
    const owner = exclusive ? channel.client : undefined;
    if (existing === undefined) {
      const lists = { ready: [], consumers: [] };
      this.queues.set(name, { name, autoDelete, owner, ...lists, nextSequence: 0, isDeleted: false });
      return undefined;
    }
    if (existing.owner !== owner) return 405;
    return existing.autoDelete === autoDelete ? undefined : 406;
  }

  /** The queue, or the error that it is to ask for it. */
  use(channel: ChannelModel, name: string): QueueModel | number {
    const queue = this.queues.get(name);
    if (queue === undefined) return 404;
    return queue.owner === undefined || queue.owner === channel.client ? queue : 405;
  }

  deleteQueue(queue: QueueModel, ifUnused: boolean, ifEmpty: boolean): number | undefined {
    if (ifEmpty && queue.ready.length > 0) return 406;
    if (ifUnused && queue.consumers.length > 0) return 406;
    this.remove(queue);
    return undefined;
  }

  private remove(queue: QueueModel): void {
    queue.isDeleted = true;
    queue.ready.length = 0;
    this.queues.delete(queue.name);
    this.bindings = this.bindings.filter(({ destination }) => destination !== queue);
    for (const consumer of queue.consumers.splice(0)) {
      consumer.channel.consumers.delete(consumer.tag);
      this.outcome.cancelled.push(consumer);
    }
  }

  bind(binding: Binding): void {
    this.unbind(binding);
    this.bindings.push(binding);
  }

  unbind({ source, destination, key }: Binding): void {
    this.bindings = this.bindings.filter(
      (other) => other.source !== source || other.destination !== destination || other.key !== key,
    );
  }

  publish(channel: ChannelModel, exchange: string, key: string, body: string, mandatory: boolean): void {
    channel.publishedCount++;
    const queues = this.route(exchange, key);
    if (channel.transaction === undefined) this.enqueue(queues, body, mandatory);
    else channel.transaction.publishes.push({ queues, body, mandatory });
  }

  private enqueue(queues: ReadonlySet<QueueModel>, body: string, mandatory: boolean): void {
    if (queues.size === 0 && mandatory) this.outcome.returned.push(body);
    for (const queue of queues) {
      queue.ready.push({ body, sequence: queue.nextSequence++, wasDelivered: false });
      this.deliver(queue);
    }
  }

  private route(exchange: string, key: string): Set<QueueModel> {
    const queues = new Set<QueueModel>();
    const named = this.queues.get(key);
    if (exchange === '') return named === undefined ? queues : queues.add(named);
    const reached = new Set([exchange]);
    for (const source of reached) {
      for (const binding of this.bindings) {
        if (binding.source !== source || !isMatch(source, binding.key, key)) continue;
        if (typeof binding.destination === 'string') reached.add(binding.destination);
        else queues.add(binding.destination);
      }
    }
    return queues;
  }

  consume(
    channel: ChannelModel,
    queue: QueueModel,
    options: { readonly tag: string; readonly noAck: boolean; readonly exclusive: boolean },
  ): number | undefined {
    if (queue.consumers.length > 0 && (options.exclusive || queue.consumers[0]!.exclusive)) return 403;
    const consumer = { ...options, channel, queue, prefetch: channel.prefetch, unacked: 0 };
    channel.consumers.set(options.tag, consumer);
    queue.consumers.push(consumer);
    this.deliver(queue);
    return undefined;
  }

  cancel(channel: ChannelModel, tag: string): void {
    const consumer = channel.consumers.get(tag);
    if (consumer === undefined) return;
    const { queue } = consumer;
    channel.consumers.delete(tag);
    queue.consumers.splice(queue.consumers.indexOf(consumer), 1);
    if (queue.autoDelete && queue.consumers.length === 0) this.remove(queue);
  }

  /** basic.get: takes the first message out. */
  get(channel: ChannelModel, queue: QueueModel, noAck: boolean): Message | undefined {
    const message = queue.ready.shift();
    if (message === undefined) return undefined;
    channel.lastDeliveryTag++;
    if (!noAck) channel.unacked.set(channel.lastDeliveryTag, { queue, message, consumer: undefined });
    return message;
  }

  /** basic.ack, nack and reject. */
  settle(channel: ChannelModel, tag: number, multiple: boolean, requeue: boolean): number | undefined {
    const isAll = multiple && tag === 0;
    if (!isAll && !channel.unacked.has(tag)) return 406;
    const tags = [...channel.unacked.keys()].filter((other) => isAll || other === tag || (multiple && other < tag));
    if (channel.transaction === undefined) this.settleAll(channel, tags, requeue);
    else this.putOff(channel, channel.transaction, tags, requeue);
    return undefined;
  }

  private putOff({ unacked }: ChannelModel, { settlements }: Transaction, tags: number[], requeue: boolean): void {
    for (const tag of tags) {
      settlements.push({ tag, unacked: unacked.get(tag)!, requeue });
      unacked.delete(tag);
    }
  }

  confirm(channel: ChannelModel): number | undefined {
    if (channel.transaction !== undefined) return 406;
    if (!channel.isConfirming) channel.publishedCount = 0; // tags count from here
    channel.isConfirming = true;
    return undefined;
  }

  select(channel: ChannelModel): number | undefined {
    if (channel.isConfirming) return 406;
    channel.transaction ??= { publishes: [], settlements: [] };
    return undefined;
  }

  commit(channel: ChannelModel): number | undefined {
    if (channel.transaction === undefined) return 406;
    const { publishes, settlements } = channel.transaction;
    channel.transaction = { publishes: [], settlements: [] };
    for (const { queues, body, mandatory } of publishes) {
      this.enqueue(new Set([...queues].filter(({ isDeleted }) => !isDeleted)), body, mandatory);
    }
    for (const { tag, unacked } of settlements) channel.unacked.set(tag, unacked);
    const touched = settlements.flatMap(({ tag, requeue }) => [...this.takeBack(channel, [tag], requeue)]);
    for (const queue of touched) this.deliver(queue);
    return undefined;
  }

  rollback(channel: ChannelModel): number | undefined {
    if (channel.transaction === undefined) return 406;
    for (const { tag, unacked } of channel.transaction.settlements) channel.unacked.set(tag, unacked);
    channel.transaction = { publishes: [], settlements: [] };
    return undefined;
  }

  recover(channel: ChannelModel): void {
    this.settleAll(channel, [...channel.unacked.keys()], true);
  }

  private settleAll(channel: ChannelModel, tags: readonly number[], requeue: boolean): void {
    for (const queue of this.takeBack(channel, tags, requeue)) this.deliver(queue);
  }

  /** Returns the queues that may have something to deliver now. */
  private takeBack(channel: ChannelModel, tags: readonly number[], requeue: boolean): Set<QueueModel> {
    const queues = new Set<QueueModel>();
    for (const tag of tags) {
      const { queue, message, consumer } = channel.unacked.get(tag)!;
      channel.unacked.delete(tag);
      if (consumer !== undefined) consumer.unacked--;
      queues.add(queue);
      if (!requeue || queue.isDeleted) continue;
      message.wasDelivered = true;
      queue.ready.push(message);
      queue.ready.sort((a, b) => a.sequence - b.sequence);
    }
    return queues;
  }

  closeChannel(channel: ChannelModel): void {
    this.closeChannels([channel]);
  }

  /** Consumers go first, then messages come back, then others get them. */
  private closeChannels(channels: readonly ChannelModel[]): void {
    for (const channel of channels) for (const tag of [...channel.consumers.keys()]) this.cancel(channel, tag);
    for (const channel of channels) this.rollback(channel);
    const queues = channels.flatMap((channel) => [...this.takeBack(channel, [...channel.unacked.keys()], true)]);
    for (const queue of queues) this.deliver(queue);
    for (const channel of channels) {
      const { consumers, unacked } = channel;
      Object.assign(channel, newChannel(channel.client), { consumers, unacked });
    }
  }

  dropClient(client: number): void {
    this.closeChannels(this.channels.filter((channel) => channel.client === client));
    for (const queue of [...this.queues.values()]) if (queue.owner === client) this.remove(queue);
  }

  /** Notes what must be delivered now. To whom is the broker's choice, and known by what it does. */
  private deliver(queue: QueueModel): void {
    const due = this.outcome.deliveries.get(queue) ?? [];
    this.outcome.deliveries.set(queue, due);
    let room = queue.consumers.reduce((sum, consumer) => sum + roomOf(consumer), 0) - this.limitedAmong(queue, due);
    while (queue.ready.length > 0 && room-- > 0) due.push(queue.ready.shift()!);
  }

  /** What was noted as due takes its room too, unless somebody has no limit. */
  private limitedAmong(queue: QueueModel, due: readonly Message[]): number {
    return queue.consumers.some((consumer) => roomOf(consumer) === Number.POSITIVE_INFINITY) ? 0 : due.length;
  }

  /** A delivery that the broker has made to one of the consumers. */
  delivered(consumer: ConsumerModel, tag: number, message: Message): void {
    const { channel } = consumer;
    assert.equal(tag, ++channel.lastDeliveryTag, 'delivery tag');
    if (consumer.noAck) return;
    assert.ok(roomOf(consumer) > 0, `${consumer.tag} gets more than its prefetch limit`);
    consumer.unacked++;
    channel.unacked.set(tag, { queue: consumer.queue, message, consumer });
  }
}

function roomOf({ noAck, prefetch, unacked }: ConsumerModel): number {
  return noAck || prefetch === 0 ? Number.POSITIVE_INFINITY : prefetch - unacked;
}

function isMatch(exchange: string, pattern: string, key: string): boolean {
  if (exchange.endsWith('fanout')) return true;
  if (exchange.endsWith('direct')) return pattern === key;
  return isTopic(pattern.split('.'), key.split('.'));
}

function isTopic([first, ...rest]: readonly string[], key: readonly string[]): boolean {
  if (first === undefined) return key.length === 0;
  if (first === '#') return isTopic(rest, key) || (key.length > 0 && isTopic([first, ...rest], key.slice(1)));
  return key.length > 0 && (first === '*' || first === key[0]) && isTopic(rest, key.slice(1));
}
