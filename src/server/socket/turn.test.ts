import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turnEnd } from 'node:timers/promises';
import { violationsDuring } from '../../observe/invariants.test.helper.ts';
import { violated } from '../../observe/invariants.ts';
import { Turn } from './turn.ts';

test('participants are called once at the end of the turn, in order', async () => {
  const calls: string[] = [];
  const turn = new Turn();
  for (const name of ['a', 'b']) turn.schedule({ endTurn: () => calls.push(name) });
  await Promise.resolve();
  assert.deepEqual(calls, []);
  await turnEnd();
  await turnEnd();
  assert.deepEqual(calls, ['a', 'b']);
});

test('who is scheduled at the end of a turn takes part in the next', async () => {
  const calls: string[] = [];
  const turn = new Turn();
  const again = { endTurn: () => void calls.push('again') };
  turn.schedule({
    endTurn: () => {
      calls.push('first');
      turn.schedule(again);
    },
  });
  await turnEnd();
  assert.deepEqual(calls, ['first']);
  await turnEnd();
  assert.deepEqual(calls, ['first', 'again']);
});

test('a violated invariant is reported, and keeps nobody else from taking part', async () => {
  const calls: string[] = [];
  const turn = new Turn();
  turn.schedule({ endTurn: () => violated('a') });
  turn.schedule({ endTurn: () => calls.push('b') });
  const reported = await violationsDuring(async () => {
    await turnEnd();
    await turnEnd();
  });
  assert.deepEqual([calls, reported], [['b'], ['a']]);
});
