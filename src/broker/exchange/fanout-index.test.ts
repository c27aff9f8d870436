import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Message } from '../../protocol/message.ts';
import { binding, matches } from '../destination.test.helper.ts';
import { FanoutIndex } from './fanout-index.ts';

test('a fanout exchange goes by nothing', () => {
  const index = new FanoutIndex();
  const [a, b] = [binding('a'), binding('b')];
  index.add(a);
  index.add(b);
  assert.deepEqual(matches(index, 'whatever', new Message()), ['a', 'b']);
  index.remove(a);
  assert.deepEqual(matches(index, '', new Message()), ['b']);
});
