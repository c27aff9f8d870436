import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FieldTable, type FieldValue, fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import type { Properties } from '#src/protocol/properties.js';
import {
  type Arguments,
  awaitLetter,
  count,
  death,
  deathsOf,
  declare,
  graves,
  header,
  reject,
  text,
  texts,
} from '../support/dead-letters.ts';
import { scenario } from '../support/scenario.ts';
import type { WireChannel } from '../support/wire-channel.ts';

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

  for (const type of ['byte', 'unsignedbyte', 'short', 'unsignedshort', 'signedint', 'unsignedint', 'long'] as const) {
    test(
      `may have a count of type ${type}, as clients choose it, which goes on`,
      scenario(async (s) => {
        const { channel, source, dead } = await graves(s);
        const entry = { queue: text(source), reason: text('rejected'), count: { type, value: 2 } } as const;
        await publishWithDeaths(channel, source, [entry]);
        const letter = await awaitLetter(channel, dead);
        assert.deepEqual(countsOf(letter), [[source, 'rejected', count(3)]]);
      }),
    );
  }

  test(
    'may have several entries of a queue and reason, which become one',
    scenario(async (s) => {
      const { channel, source, dead } = await graves(s);
      const of = (queue: string, further = {}) => ({ queue: text(queue), reason: text('rejected'), ...further });
      await publishWithDeaths(channel, source, [
        of(source),
        of('b'),
        of(source),
        of('c', { count: { type: 'byte', value: 7 } }),
        of('c', { count: count(100) }),
        of('d', { count: { type: 'short', value: 9 } }),
        of('d'),
        of(source),
      ]);
      const [first, ...others] = countsOf(await awaitLetter(channel, dead));
      assert.deepEqual(first, [source, 'rejected', count(4)]);
      assert.deepEqual(others.sort(), [
        ['b', 'rejected', count(1)],
        ['c', 'rejected', { type: 'byte', value: 7 }],
        ['d', 'rejected', { type: 'short', value: 9 }],
      ]);
    }),
  );
});

async function publishWithDeaths(
  channel: WireChannel,
  queue: string,
  deaths: readonly Readonly<Record<string, FieldValue>>[],
): Promise<void> {
  const value = deaths.map((entry) => ({ type: 'table', value: new Map(Object.entries(entry)) }) as const);
  const headers: FieldTable = new Map([['x-death', { type: 'array', value }]]);
  channel.publish('', queue, '', { properties: { headers } });
  await reject(channel, queue);
}

/** Queue, reason and count of each entry. */
function countsOf({ properties }: { properties: Properties }): unknown[][] {
  const deaths = properties.headers?.get('x-death');
  assert.equal(deaths?.type, 'array');
  return deaths.value.map((entry) => {
    assert.equal(entry.type, 'table');
    return [entry.value.get('queue')?.value, entry.value.get('reason')?.value, entry.value.get('count')];
  });
}
