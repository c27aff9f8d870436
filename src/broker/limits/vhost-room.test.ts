import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireConnectionRoom, requireQueueRoom } from './vhost-room.ts';

const HOST = { name: 'orders', limits: {}, connectionCount: 2, queues: { size: 2 } };

test('without limits, or with negative ones, there is always room', () => {
  requireConnectionRoom(HOST, 'ann');
  requireQueueRoom(HOST, 'q');
  const limits = { 'max-connections': -1, 'max-queues': -1 };
  requireConnectionRoom({ ...HOST, limits }, 'ann');
  requireQueueRoom({ ...HOST, limits }, 'q');
});

test('there is room for as many as the limit says', () => {
  const limits = { 'max-connections': 3, 'max-queues': 3 };
  requireConnectionRoom({ ...HOST, limits }, 'ann');
  requireQueueRoom({ ...HOST, limits }, 'q');
});

test('one more is refused', () => {
  const host = { ...HOST, limits: { 'max-connections': 2, 'max-queues': 2 } };
  assert.throws(() => requireConnectionRoom(host, 'ann'), {
    reply: 'NOT_ALLOWED',
    message: "access to vhost 'orders' refused for user 'ann': connection limit (2) is reached",
  });
  assert.throws(() => requireQueueRoom(host, 'q'), {
    reply: 'PRECONDITION_FAILED',
    message: "cannot declare queue 'q': queue limit in vhost 'orders' (2) is reached",
  });
});
