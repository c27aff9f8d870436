import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExclusiveQueues, requireUnlocked } from './exclusive-queues.ts';

const ANN = {};
const BOB = {};

function queueOf(owner: object | undefined, name = 'q') {
  return { owner, toString: () => `queue '${name}' in vhost '/'` };
}

test('a connection leaves the queues that it has declared, but for those that are gone', () => {
  const queues = new ExclusiveQueues();
  const [first, second, deleted] = [queueOf(ANN), queueOf(ANN), queueOf(ANN)];
  for (const queue of [first, second, deleted, queueOf(BOB), queueOf(undefined)]) queues.add(queue);
  queues.delete(deleted);
  assert.deepEqual(queues.take(ANN), [first, second]);
  assert.deepEqual(queues.take(ANN), []);
});

test('nobody but its owner may touch an exclusive queue', () => {
  requireUnlocked(queueOf(undefined), ANN);
  requireUnlocked(queueOf(ANN), ANN);
  assert.throws(() => requireUnlocked(queueOf(ANN, 'mine'), BOB), {
    reply: 'RESOURCE_LOCKED',
    message: /^cannot obtain exclusive access to locked queue 'mine' in vhost '\/'\. It could be originally declared/,
  });
});
