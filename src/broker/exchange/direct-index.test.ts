import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Message } from '../../protocol/message.ts';
import { binding, matches } from '../destination.test.helper.ts';
import { DirectIndex } from './direct-index.ts';

test('a direct exchange goes by the whole routing key', () => {
  const index = new DirectIndex();
  const first = binding('key', undefined, 'first');
  for (const one of [first, binding('key', undefined, 'second'), binding('', undefined, 'third')]) index.add(one);
  const found = (key: string) => matches(index, key, new Message());
  assert.deepEqual(found('key'), ['first', 'second']);
  assert.deepEqual(found(''), ['third']);
  for (const other of ['KEY', 'ke', 'key.', '#', '*', '__proto__']) assert.deepEqual(found(other), []);
  index.remove(first);
  index.remove(binding('key', undefined, 'never added'));
  assert.deepEqual(found('key'), ['second']);
});
