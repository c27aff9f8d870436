import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { binding, matches } from '../destination.test.helper.ts';
import { RandomIndex } from './random-index.ts';

test('chance picks one of the bindings', () => {
  const chances = [0, 0.34, 0.99, 0.5];
  const index = new RandomIndex(() => chances.shift()!);
  for (const name of ['a', 'b', 'c']) index.add(binding(name));
  const picked = Array.from({ length: 4 }, () => matches(index, 'whatever', incomingMessage()));
  assert.deepEqual(picked, [['a'], ['b'], ['c'], ['b']]);
});

test('what is removed is not picked any more, in whatever order it goes', () => {
  const bindings = ['a', 'b', 'c', 'd'].map((name) => binding(name));
  const index = new RandomIndex();
  for (const each of bindings) index.add(each);
  const names = () => [...new Set(Array.from({ length: 300 }, () => matches(index, '', incomingMessage())[0]))].sort();
  assert.deepEqual(names(), ['a', 'b', 'c', 'd']);
  index.remove(bindings[1]!);
  assert.deepEqual(names(), ['a', 'c', 'd']);
  index.remove(bindings[3]!);
  index.remove(bindings[0]!);
  assert.deepEqual(names(), ['c']);
  index.remove(bindings[2]!);
  assert.deepEqual(matches(index, '', incomingMessage()), []);
});
