import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { WireEvent } from '../support/wire-events.ts';
import { describe } from '../support/wire-events.ts';
import { EXCHANGES, type Message, type Model, QUEUES } from './model.ts';
import { CLIENTS, type World } from './model-world.ts';

const KEYS = [...QUEUES, 'c', '#', '*', 'a.*', '#.b'];

/** What an operation is made of: small numbers choose among what there is when it comes to it. */
export interface Choice {
  readonly channel: number;
  readonly number: number;
  readonly other: number;
  readonly flag: boolean;
  readonly second: boolean;
}

type Run = (world: World, choice: Choice) => Promise<void>;

function expectAnswer(name: WireEvent['name'], expected: object = {}): (answer: WireEvent) => void {
  return (answer) => {
    if (answer.name !== name) assert.fail(`${describe(answer)} instead of ${name}`);
    const args = answer.args as unknown as Record<string, unknown>;
    for (const [key, value] of Object.entries(expected)) assert.equal(args[key], value, `${name}: ${key}`);
  };
}

/** One in eight: for what ends in an error, or takes too much away. */
const isSeldom = (number: number): boolean => number % 8 === 0;

const pick = <T>(values: readonly T[], number: number): T => values[number % values.length]!;

/** Mostly a queue that the channel may use. */
function queueFor(world: World, { channel, number, other }: Choice): string {
  const usable = QUEUES.filter((name) => typeof world.model.use(world.line(channel).model, name) !== 'number');
  return pick(isSeldom(other) || usable.length === 0 ? QUEUES : usable, number);
}

/** Each does on both sides what a client can do. */
const OPERATIONS = {
  declare: async (world, { channel, number, other, flag, second }) => {
    const line = world.line(channel);
    const queue = pick(QUEUES, number);
    const existing = world.model.queues.get(queue);
    const isSame = existing !== undefined && !isSeldom(other); // what disagrees is an error
    const autoDelete = isSame ? existing.autoDelete : flag && queue !== 'a';
    const exclusive = isSame ? existing.owner !== undefined : second && flag;
    await world.step(
      line,
      (model) => model.declare(line.model, queue, autoDelete, exclusive),
      (wire) => wire.send('queue.declare', { queue, autoDelete, exclusive }),
      (answer) => {
        const { ready, consumers } = world.model.queues.get(queue)!;
        expectAnswer('queue.declare-ok', { messageCount: ready.length, consumerCount: consumers.length })(answer);
      },
    );
  },

  delete: async (world, { channel, number, other, flag, second }) => {
    const line = world.line(channel);
    const queue = isSeldom(other) ? pick(QUEUES, number) : 'a.b';
    const messageCount = world.model.queues.get(queue)?.ready.length ?? 0;
    await world.step(
      line,
      (model) => {
        const found = model.use(line.model, queue);
        if (typeof found !== 'number') return model.deleteQueue(found, flag, second);
        return found === 404 ? undefined : found;
      },
      (wire) => wire.send('queue.delete', { queue, ifUnused: flag, ifEmpty: second }),
      expectAnswer('queue.delete-ok', { messageCount }),
    );
  },

  purge: async (world, choice) => {
    const line = world.line(choice.channel);
    const queue = queueFor(world, choice);
    const messageCount = world.model.queues.get(queue)?.ready.length ?? 0;
    await world.step(
      line,
      (model) => {
        const found = model.use(line.model, queue);
        if (typeof found === 'number') return found;
        found.ready.length = 0;
        return undefined;
      },
      (wire) => wire.send('queue.purge', { queue }),
      expectAnswer('queue.purge-ok', { messageCount }),
    );
  },

  bind: async (world, choice) => {
    const { channel, number, other, flag } = choice;
    const line = world.line(channel);
    const queue = queueFor(world, choice);
    const [exchange, routingKey] = [pick(EXCHANGES, other), pick(KEYS, number + other)];
    const found = world.model.use(line.model, queue);
    if (flag && typeof found === 'number') return; // to unbind what is not there is no error
    const method = flag ? 'unbind' : 'bind';
    await world.step(
      line,
      (model) => {
        if (typeof found === 'number') return found;
        model[method]({ source: exchange, destination: found, key: routingKey });
        return undefined;
      },
      (wire) => wire.send(`queue.${method}`, { queue, exchange, routingKey }),
      expectAnswer(`queue.${method}-ok`),
    );
  },

  bindExchange: async (world, { channel, number, other, flag }) => {
    const [source, destination, key] = [pick(EXCHANGES, number), pick(EXCHANGES, other), pick(KEYS, number + other)];
    const method = flag ? 'unbind' : 'bind';
    await world.step(
      world.line(channel),
      (model) => void model[method]({ source, destination, key }),
      (wire) => wire.send(`exchange.${method}`, { source, destination, routingKey: key }),
      expectAnswer(`exchange.${method}-ok`),
    );
  },

  publish: async (world, { channel, number, other, flag }) => {
    const line = world.line(channel);
    const exchange = pick(['', '', '', ...EXCHANGES], other);
    const key = pick(exchange === '' && !isSeldom(number) ? QUEUES : KEYS, number);
    const body = world.nextBody();
    await world.step(
      line,
      (model) => void model.publish(line.model, exchange, key, body, flag),
      (wire) => wire.publish(exchange, key, body, { mandatory: flag }),
    );
  },

  publishNowhere: async (world, { channel }) => {
    const line = world.line(channel);
    await world.step(
      line,
      () => 404,
      (wire) => wire.publish('no such exchange', '', 'x'),
      expectAnswer('channel.close'),
    );
  },

  consume: async (world, choice) => {
    const { channel, number, flag } = choice;
    const line = world.line(channel);
    const queue = queueFor(world, choice);
    const options = { tag: world.nextTag(), noAck: flag, exclusive: isSeldom(number) };
    const { tag: consumerTag, noAck, exclusive } = options;
    await world.step(
      line,
      (model) => {
        const found = model.use(line.model, queue);
        return typeof found === 'number' ? found : model.consume(line.model, found, options);
      },
      (wire) => wire.send('basic.consume', { queue, consumerTag, noAck, exclusive }),
      expectAnswer('basic.consume-ok', { consumerTag }),
    );
  },

  cancel: async (world, { channel, number }) => {
    const line = world.line(channel);
    const consumerTag = pick([...line.model.consumers.keys(), 'no such tag'], number);
    await world.step(
      line,
      (model) => void model.cancel(line.model, consumerTag),
      (wire) => wire.send('basic.cancel', { consumerTag }),
      expectAnswer('basic.cancel-ok', { consumerTag }),
    );
  },

  limit: async (world, { channel, number }) => {
    const line = world.line(channel);
    const prefetchCount = number % 4;
    line.model.prefetch = prefetchCount;
    await world.step(
      line,
      () => undefined,
      (wire) => wire.send('basic.qos', { prefetchCount }),
      expectAnswer('basic.qos-ok'),
    );
  },

  get: async (world, choice) => {
    const { channel, flag } = choice;
    const line = world.line(channel);
    const queue = queueFor(world, choice);
    let message: Message | undefined;
    await world.step(
      line,
      (model) => {
        const found = model.use(line.model, queue);
        if (typeof found === 'number') return found;
        message = model.get(line.model, found, flag);
        return undefined;
      },
      (wire) => wire.send('basic.get', { queue, noAck: flag }),
      (answer) => {
        if (message === undefined) return expectAnswer('basic.get-empty')(answer);
        const messageCount = world.model.queues.get(queue)!.ready.length;
        const deliveryTag = line.model.lastDeliveryTag;
        expectAnswer('basic.get-ok', { redelivered: message.wasDelivered, deliveryTag, messageCount })(answer);
        return assert.equal('body' in answer.args && answer.args.body.toString(), message.body);
      },
    );
  },

  settle: async (world, { channel, number, other, flag, second }) => {
    const line = world.line(channel);
    const { unacked, lastDeliveryTag } = line.model;
    const known = [...unacked.keys()];
    if (known.length === 0 && !isSeldom(number)) return;
    const deliveryTag = isSeldom(number) ? pick([0, lastDeliveryTag + 1], other) : pick(known, number);
    const method = pick(['basic.ack', 'basic.nack', flag ? 'basic.nack' : 'basic.reject'] as const, other);
    const requeue = method !== 'basic.ack' && second;
    await world.step(
      line,
      (model) => model.settle(line.model, deliveryTag, flag && method !== 'basic.reject', requeue),
      (wire) => {
        if (method === 'basic.reject') wire.send(method, { deliveryTag, requeue });
        else if (method === 'basic.ack') wire.send(method, { deliveryTag, multiple: flag });
        else wire.send(method, { deliveryTag, multiple: flag, requeue });
      },
    );
  },

  recover: async (world, { channel }) => {
    const line = world.line(channel);
    await world.step(
      line,
      (model) => void model.recover(line.model),
      (wire) => wire.send('basic.recover', { requeue: true }),
      expectAnswer('basic.recover-ok'),
    );
  },

  confirm: async (world, { channel }) => {
    const line = world.line(channel);
    await world.step(
      line,
      (model) => model.confirm(line.model),
      (wire) => wire.send('confirm.select'),
      expectAnswer('confirm.select-ok'),
    );
  },

  transact: async (world, { channel, number }) => {
    const line = world.line(channel);
    const method =
      line.model.transaction === undefined ? 'select' : pick(['commit', 'commit', 'rollback'] as const, number);
    await world.step(
      line,
      (model) => model[isSeldom(number) ? 'commit' : method](line.model),
      (wire) => wire.send(isSeldom(number) ? 'tx.commit' : `tx.${method}`),
      expectAnswer(isSeldom(number) ? 'tx.commit-ok' : `tx.${method}-ok`),
    );
  },

  closeChannel: (world, { channel }) => world.closeChannel(world.line(channel)),
  leave: (world, { number, flag }) => world.replaceClient(number % CLIENTS, flag),
} as const satisfies Record<string, Run>;

type Name = keyof typeof OPERATIONS;

const WEIGHTS: Readonly<Record<Name, number>> = {
  declare: 6,
  delete: 1,
  purge: 1,
  bind: 4,
  bindExchange: 2,
  publish: 24,
  publishNowhere: 1,
  consume: 8,
  cancel: 2,
  limit: 3,
  get: 6,
  settle: 14,
  recover: 1,
  confirm: 1,
  transact: 5,
  closeChannel: 1,
  leave: 1,
};

class Operation implements fc.AsyncCommand<Model, World> {
  private readonly name: Name;
  private readonly choice: Choice;

  constructor(name: Name, choice: Choice) {
    this.name = name;
    this.choice = choice;
  }

  check(): boolean {
    return true;
  }

  async run(_model: Model, world: World): Promise<void> {
    await OPERATIONS[this.name](world, this.choice);
  }

  toString(): string {
    const { channel, number, other, flag, second } = this.choice;
    return `${this.name}(${channel}, ${number}, ${other}, ${flag}, ${second})`;
  }
}

const choice: fc.Arbitrary<Choice> = fc.record({
  channel: fc.nat(3),
  number: fc.nat(23),
  other: fc.nat(23),
  flag: fc.boolean(),
  second: fc.boolean(),
});

/** Arbitrary operations, as often as their weights say. */
export const operations: fc.Arbitrary<fc.AsyncCommand<Model, World>>[] = (
  Object.entries(WEIGHTS) as [Name, number][]
).flatMap(([name, weight]) => Array.from({ length: weight }, () => choice.map((made) => new Operation(name, made))));
