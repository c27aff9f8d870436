import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EMPTY_TABLE, type FieldTable, type FieldValue, fieldTable } from '../../protocol/field-table.ts';
import { type Death, type DeathReason, isAutomaticCycle, withDeath } from './x-death.ts';

function death(queue: string, reason: DeathReason = 'expired', changes: Partial<Death> = {}): Death {
  return { queue, reason, timeSeconds: 1, exchange: 'x', routingKey: 'k', expiration: undefined, ...changes };
}

function after(...deaths: readonly Death[]): FieldTable {
  return deaths.reduce(withDeath, EMPTY_TABLE);
}

function counts(headers: FieldTable): string[] {
  const deaths = headers.get('x-death');
  assert.equal(deaths?.type, 'array');
  return deaths.value.map((entry) => {
    assert.equal(entry.type, 'table');
    const value = (name: string) => entry.value.get(name)?.value;
    return `${value('queue')} ${value('reason')} ${value('count')}`;
  });
}

describe('headers of a dead letter', () => {
  test('have an entry for each queue and reason, the latest death first', () => {
    const headers = after(death('a'), death('b'), death('a', 'rejected'), death('a'));
    assert.deepEqual(counts(headers), ['a expired 2', 'a rejected 1', 'b expired 1']);
  });

  test('name the first death and the last one', () => {
    const headers = after(death('a', 'maxlen'), death('b', 'expired', { exchange: 'y' }));
    const named = [...headers].filter(([name]) => name !== 'x-death').map(([name, { value }]) => `${name} ${value}`);
    assert.deepEqual(named, [
      'x-first-death-exchange x',
      'x-first-death-queue a',
      'x-first-death-reason maxlen',
      'x-last-death-exchange y',
      'x-last-death-queue b',
      'x-last-death-reason expired',
    ]);
  });

  test('keep an entry as it was when it is counted again, whatever a client has put into it', () => {
    const headers = fieldTable({ 'x-death': [{ queue: 'a', reason: 'expired', mine: 1 }, 'nonsense'] });
    assert.deepEqual(counts(after(death('a'))), ['a expired 1']);
    const deaths = withDeath(headers, death('a')).get('x-death')?.value;
    const entry = [
      ['count', { type: 'long', value: 2n }],
      ['mine', { type: 'signedint', value: 1 }],
      ['queue', { type: 'longstr', value: 'a' }],
      ['reason', { type: 'longstr', value: 'expired' }],
    ] as const;
    assert.deepEqual(deaths, [
      { type: 'table', value: new Map<string, unknown>(entry) },
      { type: 'longstr', value: 'nonsense' },
    ]);
  });
});

describe('deaths that a publisher tells of', () => {
  const integers = ['byte', 'unsignedbyte', 'short', 'unsignedshort', 'signedint', 'unsignedint', 'long'] as const;

  function toldBy(...entries: readonly Record<string, FieldValue>[]): FieldTable {
    const value = entries.map((entry) => ({ type: 'table', value: new Map(Object.entries(entry)) }) as const);
    return new Map([['x-death', { type: 'array', value }]]);
  }

  const text = (value: string): FieldValue => ({ type: 'longstr', value });
  const expiredIn = (queue: string) => ({ queue: text(queue), reason: text('expired') });

  for (const type of integers) {
    test(`go on from a count of type ${type}`, () => {
      const headers = toldBy({ ...expiredIn('a'), count: { type, value: 2 } });
      assert.deepEqual(counts(withDeath(headers, death('a'))), ['a expired 3']);
      assert.deepEqual(counts(withDeath(headers, death('b'))), ['b expired 1', 'a expired 2']);
    });
  }

  test('begin at one where the count is no integer', () => {
    const headers = toldBy({ ...expiredIn('a'), count: text('many') });
    assert.deepEqual(counts(withDeath(headers, death('a'))), ['a expired 1']);
  });

  test('are merged by queue and reason, and counted where nobody has', () => {
    const headers = toldBy(
      expiredIn('a'),
      expiredIn('b'),
      expiredIn('a'),
      { ...expiredIn('c'), count: { type: 'byte', value: 7 } },
      { ...expiredIn('c'), count: { type: 'long', value: 100 } },
      expiredIn('a'),
    );
    assert.deepEqual(counts(withDeath(headers, death('a'))), ['a expired 4', 'b expired 1', 'c expired 7']);
  });

  test('stay apart where they name no queue or reason, whatever stands there instead', () => {
    const nameless: Record<string, FieldValue> = { queue: { type: 'long', value: 2n ** 60n }, reason: text('expired') };
    const headers = withDeath(toldBy(nameless, nameless), death('a'));
    assert.deepEqual(counts(headers), ['a expired 1', `${2n ** 60n} expired 1`, `${2n ** 60n} expired 1`]);
  });

  test('go on beyond 2^53', () => {
    const headers = toldBy({ ...expiredIn('a'), count: { type: 'long', value: 2n ** 62n } });
    assert.deepEqual(counts(withDeath(headers, death('a'))), [`a expired ${2n ** 62n + 1n}`]);
  });
});

describe('a cycle', () => {
  test('is one when the message comes to a queue that it has died in', () => {
    const headers = after(death('a'), death('b', 'maxlen'));
    assert.deepEqual(
      ['a', 'b', 'c'].map((queue) => isAutomaticCycle(headers, queue)),
      [true, true, false],
    );
    assert.equal(isAutomaticCycle(EMPTY_TABLE, 'a'), false);
  });

  test('is none where a client has rejected the message on the way', () => {
    const headers = after(death('a'), death('b', 'rejected'), death('c'));
    assert.deepEqual(
      ['a', 'b', 'c'].map((queue) => isAutomaticCycle(headers, queue)),
      [false, false, true],
    );
  });

  test('is none where a client has written something else into the list', () => {
    const headers = fieldTable({ 'x-death': ['mine', { queue: 'a', reason: 'expired' }] });
    assert.equal(isAutomaticCycle(headers, 'a'), false);
  });
});
