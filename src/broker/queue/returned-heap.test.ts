import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReturnedHeap } from './returned-heap.ts';

test('whatever comes back leaves in order of its sequence number', () => {
  const sequences = fc.uniqueArray(fc.nat(1000), { maxLength: 100 });
  fc.assert(
    fc.property(sequences, fc.infiniteStream(fc.boolean()), (numbers, takesOne) => {
      const heap = new ReturnedHeap();
      const model: number[] = [];
      const shift = () => {
        model.sort((a, b) => a - b);
        assert.equal(heap.firstSequence, model[0]);
        assert.equal(heap.shift(), model.shift()! + 5000);
      };
      for (const number of numbers) {
        heap.push(number, number + 5000);
        model.push(number);
        if (takesOne.next().value) shift();
        assert.equal(heap.length, model.length);
      }
      while (model.length > 0) shift();
      assert.equal(heap.length, 0);
    }),
  );
});

test('more than a block of them come back in any order, are listed, taken out and leave in order', () => {
  const count = 100_000;
  const heap = new ReturnedHeap();
  for (let i = 0; i < count; i++) heap.push((i * 7919) % count, i); // each number once
  const second = heap.listAfter(0, 1);
  heap.remove(second);
  const left: number[] = [];
  for (; heap.length > 0; heap.shift()) left.push(heap.firstSequence);
  assert.deepEqual(
    second.map(({ sequence }) => sequence),
    [1],
  );
  assert.deepEqual(
    left,
    Array.from({ length: count }, (_, i) => i).filter((sequence) => sequence !== 1),
  );
});
