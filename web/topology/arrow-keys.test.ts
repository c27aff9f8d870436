import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextInDirection } from './arrow-keys.ts';

const NODES = new Map([
  ['a', { x: 0, y: 0 }],
  ['b', { x: 0, y: 50 }],
  ['c', { x: 100, y: 60 }],
  ['d', { x: 100, y: 300 }],
  ['e', { x: 200, y: 50 }],
]);

test('arrow keys lead to what is nearest in their direction', () => {
  assert.equal(nextInDirection(NODES, 'a', 'ArrowDown'), 'b');
  assert.equal(nextInDirection(NODES, 'b', 'ArrowRight'), 'c');
  assert.equal(nextInDirection(NODES, 'e', 'ArrowLeft'), 'c');
  assert.equal(nextInDirection(NODES, 'd', 'ArrowUp'), 'c');
  assert.equal(nextInDirection(NODES, 'a', 'ArrowUp'), undefined);
  assert.equal(nextInDirection(NODES, 'gone', 'ArrowUp'), undefined);
});
