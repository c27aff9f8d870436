import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FieldTable, type FieldValue, fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import type { Properties } from '#src/protocol/properties.js';
import { type Scenario, scenario } from '../support/scenario.ts';
import type { WireChannel } from '../support/wire-channel.ts';

type Arguments = { readonly [name: string]: PlainValue };

/** A queue of which a message can become a dead letter in `dead`. */
interface Graves {
  readonly channel: WireChannel;
  readonly source: string;
  readonly dead: string;
}

async function declare(channel: WireChannel, queue: string, args: Arguments): Promise<void> {
  await channel.call('queue.declare', { queue, exclusive: true, arguments: fieldTable(args) });
}

/** Dead letters take the default exchange to the queue `dead`, unless `args` say otherwise. */
async function graves(s: Scenario, args: Arguments = {}): Promise<Graves> {
  const channel = await s.channel();
  const dead = await s.queue(channel);
  const source = s.name('source');
  await declare(channel, source, { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead, ...args });
  return { channel, source, dead };
}

async function reject(channel: WireChannel, queue: string): Promise<void> {
  const message = await channel.get(queue, false);
  assert.ok(message !== undefined, 'there is nothing to reject');
  channel.send('basic.reject', { deliveryTag: message.deliveryTag, requeue: false });
}

/** Takes the dead letter that is to come, as its queue has it. */
async function awaitLetter(channel: WireChannel, queue: string) {
  await channel.awaitCount(queue, 1);
  const letter = await channel.get(queue);
  assert.ok(letter !== undefined);
  return letter;
}

/** The headers in the order in which they came, without those of later versions. */
function headersOf({ properties }: { properties: Properties }): [string, FieldValue][] {
  return [...(properties.headers ?? [])].filter(([name]) => !name.startsWith('x-last-death-'));
}

function header({ properties }: { properties: Properties }, name: string): unknown {
  return properties.headers?.get(name)?.value;
}

/** The entries of x-death, each in the order of its fields; `time` is checked, and left out. */
function deathsOf({ properties }: { properties: Properties }): [string, FieldValue][][] {
  const deaths = properties.headers?.get('x-death');
  assert.equal(deaths?.type, 'array');
  return deaths.value.map((entry) => {
    assert.equal(entry.type, 'table');
    const time = entry.value.get('time');
    assert.equal(time?.type, 'timestamp');
    const nowSeconds = Date.now() / 1000;
    assert.ok(Number(time.value) > nowSeconds - 60 && Number(time.value) <= nowSeconds, 'a time in seconds');
    return [...entry.value].filter(([name]) => name !== 'time');
  });
}

const text = (value: string): FieldValue => ({ type: 'longstr', value });
const texts = (...values: string[]): FieldValue => ({ type: 'array', value: values.map(text) });
const count = (value: number): FieldValue => ({ type: 'long', value });

function death(queue: string, reason: string, routingKey: string, exchange = ''): [string, FieldValue][] {
  return [
    ['count', count(1)],
    ['reason', text(reason)],
    ['queue', text(queue)],
    ['exchange', text(exchange)],
    ['routing-keys', texts(routingKey)],
  ];
}

describe('a rejected message', () => {
  test(
    'becomes a dead letter, with its properties',
    scenario(async (s) => {
      const { channel, source, dead } = await graves(s);
      const properties = { messageId: 'm', correlationId: 'c', deliveryMode: 2, priority: 3, timestamp: 17 };
      channel.publish('', source, 'body', { properties });
      await reject(channel, source);
      const letter = await awaitLetter(channel, dead);
      assert.equal(letter.body.toString(), 'body');
      assert.deepEqual([letter.exchange, letter.routingKey, letter.redelivered], ['', dead, false]);
      const { headers, ...others } = letter.properties;
      assert.deepEqual(others, properties);
    }),
  );

  test(
    'tells what happened to it',
    scenario(async (s) => {
      const { channel, source, dead } = await graves(s);
      channel.publish('', source);
      await reject(channel, source);
      const letter = await awaitLetter(channel, dead);
      assert.deepEqual(deathsOf(letter), [death(source, 'rejected', source)]);
      assert.deepEqual(
        headersOf(letter).filter(([name]) => name !== 'x-death'),
        [
          ['x-first-death-exchange', text('')],
          ['x-first-death-queue', text(source)],
          ['x-first-death-reason', text('rejected')],
        ],
      );
    }),
  );

  test(
    'keeps its own headers, in the order of their names',
    scenario(async (s) => {
      const { channel, source, dead } = await graves(s);
      const headers = fieldTable({ zebra: 1, Ant: 'a', yak: { deep: [1, 'two'] }, ant: null });
      channel.publish('', source, '', { properties: { headers } });
      await reject(channel, source);
      const letter = await awaitLetter(channel, dead);
      assert.deepEqual(
        headersOf(letter).map(([name]) => name),
        [
          'Ant',
          'ant',
          'x-death',
          'x-first-death-exchange',
          'x-first-death-queue',
          'x-first-death-reason',
          'yak',
          'zebra',
        ],
      );
      for (const [name, value] of headers) assert.deepEqual(letter.properties.headers?.get(name), value);
    }),
  );

  for (const [how, multiple] of [
    ['one by one', false],
    ['together', true],
  ] as const) {
    test(
      `with others, ${how}, in their order`,
      scenario(async (s) => {
        const { channel, source, dead } = await graves(s);
        for (const body of ['a', 'b', 'c']) channel.publish('', source, body);
        await channel.call('basic.consume', { queue: source });
        const deliveries = await channel.expectDeliveries('a', 'b', 'c');
        const rejected = multiple ? deliveries.slice(-1) : deliveries;
        for (const { deliveryTag } of rejected) channel.send('basic.nack', { deliveryTag, multiple });
        await channel.awaitCount(dead, 3);
        await channel.expectMessages(dead, 'a', 'b', 'c');
      }),
    );
  }

  test(
    'keeps its routing key where the queue has none for dead letters',
    scenario(async (s) => {
      const channel = await s.channel();
      const [exchange, dead, source] = [await s.exchange(channel, 'direct'), await s.queue(channel), s.name('source')];
      await channel.call('queue.bind', { queue: dead, exchange, routingKey: source });
      await declare(channel, source, { 'x-dead-letter-exchange': exchange });
      channel.publish('', source);
      await reject(channel, source);
      const letter = await awaitLetter(channel, dead);
      assert.deepEqual([letter.exchange, letter.routingKey], [exchange, source]);
    }),
  );

  test(
    'is gone where the exchange for dead letters is not there, or leads nowhere',
    scenario(async (s) => {
      const channel = await s.channel();
      const [missing, nowhere] = [s.name('source'), s.name('source')];
      await declare(channel, missing, { 'x-dead-letter-exchange': s.name('missing') });
      await declare(channel, nowhere, { 'x-dead-letter-exchange': 'amq.direct' });
      for (const queue of [missing, nowhere]) {
        channel.publish('', queue);
        await reject(channel, queue);
        await channel.expectNothing(queue);
        assert.equal(await channel.get(queue), undefined);
      }
    }),
  );

  test(
    'finds an exchange that was declared later',
    scenario(async (s) => {
      const channel = await s.channel();
      const [exchange, source] = [s.name('exchange'), s.name('source')];
      await declare(channel, source, { 'x-dead-letter-exchange': exchange });
      channel.publish('', source, 'x');
      await s.exchange(channel, 'fanout', { exchange });
      const dead = await s.queue(channel);
      await channel.call('queue.bind', { queue: dead, exchange });
      await reject(channel, source);
      await awaitLetter(channel, dead);
    }),
  );

  test(
    'may go through an internal exchange, and to several queues',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'fanout', { internal: true });
      const queues = [await s.queue(channel), await s.queue(channel)];
      for (const queue of queues) await channel.call('queue.bind', { queue, exchange });
      const source = s.name('source');
      await declare(channel, source, { 'x-dead-letter-exchange': exchange });
      channel.publish('', source, 'x');
      await reject(channel, source);
      for (const queue of queues) await awaitLetter(channel, queue);
    }),
  );

  test(
    'comes back to the queue that it was rejected in, if that is where dead letters go',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      await declare(channel, queue, { 'x-dead-letter-exchange': '' });
      channel.publish('', queue, 'x');
      for (let times = 1; times <= 3; times++) {
        await reject(channel, queue);
        await channel.awaitCount(queue, 1);
      }
      const letter = await awaitLetter(channel, queue);
      assert.deepEqual(deathsOf(letter), [
        [
          ['count', count(3)],
          ['exchange', text('')],
          ['queue', text(queue)],
          ['reason', text('rejected')],
          ['routing-keys', texts(queue)],
        ],
      ]);
      assert.equal(letter.redelivered, false);
    }),
  );

  test(
    'in a transaction becomes a dead letter with its commit',
    scenario(async (s) => {
      const { channel, source, dead } = await graves(s);
      channel.publish('', source, 'x');
      await channel.call('tx.select');
      await reject(channel, source);
      await channel.expectNothing(source);
      assert.equal((await channel.call('queue.declare', { queue: dead, passive: true })).messageCount, 0);
      await channel.call('tx.commit');
      await awaitLetter(channel, dead);
    }),
  );
});

describe('what does not become a dead letter', () => {
  test(
    'what is acknowledged, requeued, purged, or deleted with its queue',
    scenario(async (s) => {
      const { channel, source, dead } = await graves(s);
      for (let i = 0; i < 3; i++) channel.publish('', source, 'x');
      const [acknowledged, requeued] = [await channel.get(source, false), await channel.get(source, false)];
      channel.send('basic.ack', { deliveryTag: acknowledged!.deliveryTag });
      channel.send('basic.reject', { deliveryTag: requeued!.deliveryTag, requeue: true });
      assert.equal((await channel.call('queue.purge', { queue: source })).messageCount, 2);
      channel.publish('', source, 'x');
      channel.publish('', source, 'x');
      const unacked = await channel.get(source, false);
      await channel.call('queue.delete', { queue: source });
      channel.send('basic.reject', { deliveryTag: unacked!.deliveryTag, requeue: false });
      await channel.expectNothing(dead);
      assert.equal((await channel.call('queue.declare', { queue: dead, passive: true })).messageCount, 0);
    }),
  );
});

describe('the headers of dead letters', () => {
  test(
    'count each queue and reason for itself, the latest first',
    scenario(async (s) => {
      const channel = await s.channel();
      const [one, two] = [s.name('one'), s.name('two')];
      await declare(channel, one, { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': two });
      await declare(channel, two, { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': one });
      channel.publish('', one);
      await reject(channel, one);
      await channel.awaitCount(two, 1);
      await reject(channel, two);
      await channel.awaitCount(one, 1);
      await reject(channel, one);
      const letter = await awaitLetter(channel, two);
      const [first, second, ...others] = deathsOf(letter).map((entry) => new Map(entry));
      assert.deepEqual([first!.get('queue'), first!.get('count')], [text(one), count(2)]);
      assert.deepEqual([second!.get('queue'), second!.get('count')], [text(two), count(1)]);
      assert.deepEqual(others, []);
      assert.equal(header(letter, 'x-first-death-queue'), one);
    }),
  );

  test(
    'name an expiration, which is not in force any more',
    scenario(async (s) => {
      const { channel, source, dead } = await graves(s);
      channel.publish('', source, '', { properties: { expiration: '60000' } });
      await reject(channel, source);
      const letter = await awaitLetter(channel, dead);
      assert.equal(letter.properties.expiration, undefined);
      assert.deepEqual(deathsOf(letter), [
        [...death(source, 'rejected', source), ['original-expiration', text('60000')]],
      ]);
    }),
  );

  for (const [what, hasKey] of [
    ['stays where the routing key does', false],
    ['is gone with the routing key', true],
  ] as const) {
    test(
      `CC ${what}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const [exchange, dead, source] = [
          await s.exchange(channel, 'fanout'),
          await s.queue(channel),
          s.name('source'),
        ];
        await channel.call('queue.bind', { queue: dead, exchange });
        const key: Arguments = hasKey ? { 'x-dead-letter-routing-key': 'other' } : {};
        await declare(channel, source, { 'x-dead-letter-exchange': exchange, ...key });
        const headers = fieldTable({ CC: ['copy', 'more'] });
        channel.publish('', source, '', { properties: { headers } });
        await reject(channel, source);
        const letter = await awaitLetter(channel, dead);
        assert.equal(letter.routingKey, hasKey ? 'other' : source);
        assert.deepEqual(letter.properties.headers?.get('CC'), hasKey ? undefined : texts('copy', 'more'));
        const [entry] = deathsOf(letter);
        assert.deepEqual(new Map(entry).get('routing-keys'), texts(source, 'copy', 'more'));
      }),
    );
  }

  const odd: readonly (readonly [what: string, deaths: PlainValue])[] = [
    ['a text', 'none'],
    ['a number', 7],
    ['nothing', null],
    ['an empty list', []],
  ];
  for (const [what, deaths] of odd) {
    test(
      `begin anew where a client has made them ${what}`,
      scenario(async (s) => {
        const { channel, source, dead } = await graves(s);
        channel.publish('', source, '', { properties: { headers: fieldTable({ 'x-death': deaths }) } });
        await reject(channel, source);
        const letter = await awaitLetter(channel, dead);
        const [entry, ...others] = deathsOf(letter);
        assert.deepEqual([new Map(entry), others], [new Map(death(source, 'rejected', source)), []]);
        assert.equal(header(letter, 'x-first-death-queue'), undefined);
      }),
    );
  }

  test(
    'go on where a client has published a dead letter again',
    scenario(async (s) => {
      const { channel, source, dead } = await graves(s);
      channel.publish('', source);
      await reject(channel, source);
      const { properties } = await awaitLetter(channel, dead);
      channel.publish('', source, '', { properties });
      await reject(channel, source);
      const [entry] = deathsOf(await awaitLetter(channel, dead));
      assert.deepEqual(new Map(entry).get('count'), count(2));
    }),
  );
});

/** As a client gets it from a message and changes it. */
function deathTable(values: { readonly [name: string]: PlainValue }): FieldTable {
  return fieldTable({ 'x-death': [values] });
}

describe('a list of deaths that a client has written', () => {
  test(
    'may lack a count, and then counts from now on',
    scenario(async (s) => {
      const { channel, source, dead } = await graves(s);
      const headers = deathTable({ queue: source, reason: 'rejected' });
      channel.publish('', source, '', { properties: { headers } });
      await reject(channel, source);
      const letter = await awaitLetter(channel, dead);
      const deaths = letter.properties.headers?.get('x-death') as FieldValue & { type: 'array' };
      const entry = deaths.value[0] as FieldValue & { type: 'table' };
      assert.deepEqual(
        [...entry.value],
        [
          ['count', count(1)],
          ['queue', text(source)],
          ['reason', text('rejected')],
        ],
      );
    }),
  );
});
