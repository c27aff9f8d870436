import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batches } from './batches.ts';

test('what comes seldom is passed on at once, what comes fast once a second, in order', (context) => {
  let nowMs = 0;
  context.mock.method(performance, 'now', () => nowMs);
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const pass = (ms: number) => {
    nowMs += ms;
    context.mock.timers.tick(ms);
  };
  const batches: (readonly number[])[] = [];
  const gathered = new Batches<number>((batch) => batches.push(batch));
  gathered.add(1);
  pass(1);
  assert.deepEqual(batches, [[1]]);
  gathered.add(2);
  pass(500);
  gathered.add(3);
  assert.equal(batches.length, 1);
  pass(500);
  assert.deepEqual(batches, [[1], [2, 3]]);
  gathered.add(4);
  gathered.stop();
  pass(5000);
  assert.equal(batches.length, 2);
});

test('no more than some are gathered, whatever timers do', () => {
  const batches: (readonly number[])[] = [];
  const gathered = new Batches<number>((batch) => batches.push(batch));
  for (let i = 0; i < 50; i++) gathered.add(i);
  gathered.stop();
  assert.deepEqual(
    batches.map(({ length }) => length),
    [20, 20],
  );
});
