import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryAlarm } from '../broker/memory-alarm.ts';
import type { Queue } from '../broker/queue/queue.ts';
import type { MessageStore } from '../storage/message-store.ts';
import { Backpressure } from './backpressure.ts';
import { FakeSocket } from './fake-socket.test.helper.ts';

class World {
  readonly socket = new FakeSocket();
  readonly store = { occupiedOctets: 0 };
  readonly alarm = new MemoryAlarm(this.store as MessageStore, 100);
  readonly calls: string[] = [];
  readonly backpressure = new Backpressure(this.socket.asSocket, this.alarm, {
    blocked: () => void this.calls.push('blocked'),
    unblocked: () => void this.calls.push('unblocked'),
    outputBegun: () => undefined,
    readingResumed: () => void this.calls.push('resumed'),
  });

  use(octets: number): void {
    this.store.occupiedOctets = octets;
    this.alarm.check();
  }
}

test('a publisher is told once that it waits for memory, and once that it need not any more', () => {
  const world = new World();
  world.backpressure.afterPublish();
  world.use(101);
  assert.deepEqual([world.calls, world.socket.isPaused], [[], false]);
  world.backpressure.afterPublish();
  world.backpressure.afterPublish();
  assert.deepEqual([world.calls, world.socket.isPaused], [['blocked'], true]);
  world.use(95);
  assert.equal(world.socket.isPaused, true);
  world.use(90);
  assert.deepEqual([world.calls, world.socket.isPaused], [['blocked', 'unblocked', 'resumed'], false]);
});

test('as long as there is a reason left, nothing is read', () => {
  const world = new World();
  world.backpressure.repliesUnread();
  world.use(101);
  world.backpressure.afterPublish();
  world.use(0);
  assert.equal(world.socket.isPaused, true);
  world.backpressure.repliesRead();
  assert.equal(world.socket.isPaused, false);
  assert.deepEqual(world.calls, ['blocked', 'unblocked', 'resumed']);
});

test('a connection that ends waits for nothing any more', () => {
  const world = new World();
  world.use(101);
  world.backpressure.afterPublish();
  world.backpressure.stop();
  assert.equal(world.socket.isPaused, false);
  world.use(0);
  assert.ok(!world.calls.includes('unblocked'));
});

describe('a publisher that is ahead of consumers', () => {
  const queue = (readyCount: number, firstSequence: number) => ({ readyCount, firstSequence }) as Queue;

  test('waits for the end of the turn', () => {
    const { backpressure, socket } = new World();
    backpressure.pace.afterChunk();
    assert.equal(socket.isPaused, false);
    backpressure.pace.isAheadOf(queue(10, 5000));
    backpressure.pace.afterChunk();
    assert.equal(socket.isPaused, true);
    backpressure.pace.endTurn();
    assert.equal(socket.isPaused, false);
  });

  test('waits a little longer where consumers are briskly at work on a backlog', async () => {
    const { backpressure, socket } = new World();
    backpressure.pace.isAheadOf(queue(5000, 5000));
    backpressure.pace.afterChunk();
    backpressure.pace.endTurn();
    backpressure.pace.endTurn();
    assert.equal(socket.isPaused, true);
    while (socket.isPaused) await sleep(1);
    assert.equal(socket.isPaused, false);
  });

  test('waits for none that dawdle', () => {
    const { backpressure, socket } = new World();
    for (const firstSequence of [5000, 5010]) {
      backpressure.pace.stop();
      backpressure.stop();
      backpressure.pace.isAheadOf(queue(5000, firstSequence));
      backpressure.pace.afterChunk();
      backpressure.pace.endTurn();
    }
    assert.equal(socket.isPaused, false);
  });
});
