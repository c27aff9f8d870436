import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { binding, matches } from '../destination.test.helper.ts';
import { ModulusHashIndex } from './modulus-hash-index.ts';

const KEYS = Array.from({ length: 900 }, (_, i) => `key ${i}`);

function chosen(index: ModulusHashIndex): string[] {
  return KEYS.flatMap((key) => matches(index, key, incomingMessage()));
}

test('keys are spread over the bindings evenly, and each stays where it is', () => {
  const index = new ModulusHashIndex();
  for (const name of ['a', 'b', 'c']) index.add(binding(name));
  const names = chosen(index);
  assert.deepEqual(chosen(index), names);
  for (const name of ['a', 'b', 'c']) {
    const count = names.filter((each) => each === name).length;
    assert.ok(Math.abs(count - 300) < 75, `${name}: ${count}`);
  }
});

test('it does not matter in which order the bindings came', () => {
  const [forwards, backwards] = [new ModulusHashIndex(), new ModulusHashIndex()];
  for (const name of ['a', 'b', 'c']) forwards.add(binding(name));
  for (const name of ['c', 'b', 'a']) backwards.add(binding(name));
  assert.deepEqual(chosen(forwards), chosen(backwards));
});

test('what is removed gets nothing any more', () => {
  const index = new ModulusHashIndex();
  const [a, b] = [binding('a'), binding('b')];
  for (const each of [a, b]) index.add(each);
  index.remove(a);
  assert.deepEqual(new Set(chosen(index)), new Set(['b']));
  index.remove(b);
  assert.deepEqual(chosen(index), []);
});
