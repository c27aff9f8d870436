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
