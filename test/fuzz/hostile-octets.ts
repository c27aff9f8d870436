import fc from 'fast-check';
import * as arbitrary from '#src/protocol/arbitraries.test.helper.js';
import { PROTOCOL_HEADER } from '#src/protocol/constants.js';
import { fieldTable } from '#src/protocol/field-table.js';
import { encodeMethodFrame } from '#src/protocol/method-codec.js';
import { encodeContentHeader } from '#src/protocol/properties.js';
import { frame, method, opening, publish } from '#src/server/connection/connection.test.helper.js';
import type { Random } from '../support/random.ts';

/** Ways to talk to a broker that no client has. Each gives the octets of a whole session. */
export const ATTACKS: Readonly<Record<string, (random: Random) => Buffer>> = {
  noise: (random) => random.octets(random.below(2000)),
  'noise after the protocol header': (random) => Buffer.concat([PROTOCOL_HEADER, random.octets(random.below(500))]),
  'noise after the handshake': (random) => Buffer.concat([opening(), random.octets(random.below(500))]),
  'frames of anything': (random) => Buffer.concat([opening(), ...many(random, 30, () => anyFrame(random))]),
  'methods of any kind': (random) => Buffer.concat([opening(), ...many(random, 40, () => anyMethod(random))]),
  'methods on open channels': (random) => Buffer.concat([opening(), ...methodSoup(random)]),
  'a session with mistakes': (random) => mutated(validSession(random), random),
  'a session with its handshake damaged': (random) => Buffer.concat([mutated(opening(), random), validSession(random)]),
  'hostile lengths': (random) => withHostileLengths(validSession(random), random),
  'a session cut short': (random) => {
    const session = validSession(random);
    return session.subarray(0, random.below(session.length));
  },
  'a session': validSession,
};

function many<T>(random: Random, most: number, make: () => T): T[] {
  return Array.from({ length: 1 + random.below(most) }, make);
}

function anyFrame(random: Random): Buffer {
  const payload = random.octets(random.below(60));
  const size = random.chance(10) ? random.pick([0, 0xffffffff, 0x7fffffff, 4096, 131_073]) : payload.length;
  return frame(random.pick([1, 2, 3, 8, random.below(256)]), random.below(4), payload, size);
}

/** Any method there is, with any arguments that it may have. */
function anyMethod(random: Random): Buffer {
  const name = random.pick(arbitrary.methodNames);
  const [args] = fc.sample(arbitrary.methodArguments(name), { numRuns: 1, seed: random.below(2 ** 31) });
  return encodeMethodFrame(random.below(4), name, args!);
}

/** Names that sessions share, so that they get in each other's way. */
const QUEUES = ['', 'fuzz-1', 'fuzz-2'];
const EXCHANGES = ['', 'amq.fanout', 'amq.topic', 'amq.headers', 'fuzz-x', 'nowhere'];

/** Many, since each ends with its first mistake. */
const CHANNELS = 20;

/** What clients do, in no sensible order. */
function methodSoup(random: Random): Buffer[] {
  const queue = () => random.pick(QUEUES);
  const exchange = () => random.pick(EXCHANGES);
  const routingKey = () => random.pick(['', 'fuzz-1', 'fuzz-2', 'a.b', '#']);
  const is = () => random.chance(2);
  const channel = () => 1 + random.below(CHANNELS);
  const deliveryTag = () => random.below(5);
  const args = () => fieldTable(random.pick([{}, { 'x-match': 'any', h: 1 }, { 'x-queue-type': 'ring' }]));
  const body = () => random.octets(random.pick([0, 1, 100, 5000, 20_000]));
  const steps: readonly (() => Buffer)[] = [
    () => method(channel(), 'queue.declare', { queue: queue(), exclusive: is(), autoDelete: is(), arguments: args() }),
    () => method(channel(), 'queue.delete', { queue: queue(), ifUnused: is() }),
    () => method(channel(), 'queue.purge', { queue: queue() }),
    () => method(channel(), 'queue.bind', { queue: queue(), exchange: exchange(), routingKey: routingKey() }),
    () => method(channel(), 'exchange.declare', { exchange: exchange(), type: 'topic', autoDelete: is() }),
    () => method(channel(), 'exchange.bind', { source: exchange(), destination: exchange(), arguments: args() }),
    () => method(channel(), 'exchange.delete', { exchange: exchange() }),
    () => method(channel(), 'basic.consume', { queue: queue(), noAck: is(), exclusive: random.chance(8) }),
    () => method(channel(), 'basic.get', { queue: queue(), noAck: is() }),
    () => method(channel(), 'basic.ack', { deliveryTag: deliveryTag(), multiple: is() }),
    () => method(channel(), 'basic.nack', { deliveryTag: deliveryTag(), multiple: is(), requeue: is() }),
    () => method(channel(), 'basic.recover', { requeue: true }),
    () => method(channel(), 'basic.qos', { prefetchCount: random.below(4), global: is() }),
    () => method(channel(), random.pick(['confirm.select', 'tx.select', 'tx.commit', 'tx.rollback'])),
    () => publish(channel(), body(), { exchange: exchange(), routingKey: routingKey(), mandatory: is() }),
    () => publish(channel(), body(), { exchange: '', routingKey: routingKey() }),
  ];
  const opened = Array.from({ length: CHANNELS }, (_, i) => method(i + 1, 'channel.open'));
  return [...opened, ...many(random, 150, () => random.pick(steps)())];
}

/** A client with manners: it declares, publishes, consumes and acknowledges. */
function validSession(random: Random): Buffer {
  const queue = random.pick(['fuzz-1', 'fuzz-2']);
  const body = random.octets(random.pick([0, 10, 5000, 30_000]));
  const properties = { headers: fieldTable({ h: [1, { deep: { er: 'x' } }], long: 'y'.repeat(300) }), type: 't' };
  return Buffer.concat([
    opening(),
    method(1, 'channel.open'),
    method(1, 'queue.declare', { queue, arguments: fieldTable({ 'x-max-priority': 3 }) }),
    method(1, 'queue.bind', { queue, exchange: 'amq.headers', arguments: fieldTable({ 'x-match': 'any', h: 1 }) }),
    method(1, 'basic.consume', { queue, consumerTag: 'tag' }),
    publish(1, body, { exchange: 'amq.headers', properties }),
    publish(1, body, { routingKey: queue, mandatory: true, frameSize: 777 }),
    method(1, 'basic.ack', { deliveryTag: 0, multiple: true }),
    method(1, 'basic.get', { queue }),
    frame(8, 0, Buffer.alloc(0)),
    frame(2, 1, encodeContentHeader(5, {})).subarray(0, random.chance(4) ? 9 : 0),
    method(0, 'connection.close'),
  ]);
}

function mutated(session: Buffer, random: Random): Buffer {
  let octets = Buffer.from(session);
  for (let i = random.below(5); i >= 0; i--) {
    const at = random.below(octets.length);
    const change = random.pick(['flip', 'set', 'remove', 'insert', 'repeat']);
    if (change === 'flip') octets[at]! ^= 1 << random.below(8);
    else if (change === 'set') octets[at] = random.pick([0, 1, 127, 128, 206, 255]);
    else if (change === 'remove') octets = splice(octets, at, at + 1 + random.below(10));
    else if (change === 'insert') octets = splice(octets, at, at, random.octets(1 + random.below(10)));
    else octets = splice(octets, at, at, octets.subarray(at, at + random.below(1000)));
  }
  return octets;
}

function splice(octets: Buffer, from: number, to: number, instead: Buffer = Buffer.alloc(0)): Buffer<ArrayBuffer> {
  return Buffer.concat([octets.subarray(0, from), instead, octets.subarray(to)]);
}

/** Puts lengths that are too large wherever one may stand. */
function withHostileLengths(session: Buffer, random: Random): Buffer {
  const octets = Buffer.from(session);
  const from = random.chance(2) ? opening().length : 0;
  for (let i = random.below(3); i >= 0; i--) {
    const at = from + random.below(octets.length - from - 4);
    octets.writeUInt32BE(random.pick([0xffffffff, 0x80000000, 0x7fffffff, 0x00100000, 5000, 256]), at);
  }
  return octets;
}
