import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReadyIndex } from './ready-index.ts';

/** Pushes so many numbers, then shifts so many, over and over. */
function run(steps: readonly (readonly [pushes: number, shifts: number])[]): void {
  const index = new ReadyIndex();
  const model: number[] = [];
  let next = 0;
  for (const [pushes, shifts] of steps) {
    for (let i = 0; i < pushes; i++) {
      model.push(next);
      index.push(next++);
    }
    for (let i = 0; i < shifts && model.length > 0; i++) assert.equal(index.shift(), model.shift());
    assert.equal(index.length, model.length);
  }
  for (const slot of model) assert.equal(index.shift(), slot);
  assert.equal(index.length, 0);
}

test('slots leave in the order in which they came, whatever room the ring has', () => {
  const count = fc.oneof(fc.nat(20), fc.nat(200));
  fc.assert(fc.property(fc.array(fc.tuple(count, count), { maxLength: 30 }), run));
});

test('a ring that has grown large is small again once it is empty, and works on', () => {
  run([
    [70_000, 70_000],
    [10, 5],
    [20_000, 20_005],
    [3, 0],
  ]);
});
