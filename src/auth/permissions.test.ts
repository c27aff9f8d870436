import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Permissions, unusablePattern } from './permissions.ts';

const permissions = (configure: string, write = '', read = '') => new Permissions({ configure, write, read });

test('each right has its own pattern', () => {
  const rights = permissions('^c', '^w', '^r');
  assert.deepEqual(
    ['c1', 'w1', 'r1'].map((name) => [rights.mayConfigure(name), rights.mayWrite(name), rights.mayRead(name)]),
    [
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ],
  );
});

test('a pattern matches anywhere in the name unless it is anchored', () => {
  assert.equal(permissions('orders').mayConfigure('eu.orders.new'), true);
  assert.equal(permissions('^orders$').mayConfigure('eu.orders.new'), false);
});

test('the empty pattern allows nothing, not even the default exchange', () => {
  assert.equal(permissions('').mayConfigure('queue'), false);
  assert.equal(permissions('').mayConfigure(''), false);
});

test('the default exchange goes by the name amq.default', () => {
  assert.equal(permissions('^amq\\.default$').mayConfigure(''), true);
  assert.equal(permissions('^orders').mayConfigure(''), false);
});

test('answers stay right when more names are asked about than are remembered', () => {
  const rights = permissions('7$');
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 3000; i++) assert.equal(rights.mayConfigure(`queue-${i}`), i % 10 === 7);
  }
});

test('a pattern that cannot be used allows nothing, and is told of', () => {
  const rights = { configure: '.*', write: '(?>a)', read: '' };
  assert.equal(new Permissions(rights).mayWrite('a'), false);
  const unusable = unusablePattern(rights);
  assert.equal(unusable?.problem, "'(?>a)' cannot be used: an atomic group is not supported");
  assert.equal(unusablePattern({ ...rights, write: '^(?!amq\\.)' }), undefined);
});

test('patterns are spelled as in RabbitMQ', () => {
  assert.equal(permissions('(?i)^orders').mayConfigure('ORDERS.new'), true);
  assert.equal(permissions('\\A[[:alpha:]]+\\z').mayConfigure('orders'), true);
});
