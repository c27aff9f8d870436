import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EMPTY_TABLE, type FieldTable, fieldTable } from '../../protocol/field-table.ts';
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
      ['count', { type: 'long', value: 1 }],
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
