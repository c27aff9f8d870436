import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryAlarm } from '../../broker/alarms/memory-alarm.ts';
import { ResourceAlarms } from '../../broker/alarms/resource-alarms.ts';
import type { Queue } from '../../broker/queue/queue.ts';
import { SILENT_LOGGER } from '../../observe/logger.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import { Backpressure } from './backpressure.ts';
import { FakeSocket } from './fake-socket.test.helper.ts';

class World {
  readonly socket = new FakeSocket();
  readonly store = { occupiedOctets: 0, indexOctets: 0, slotUse: 0, pageOut: () => 0 };
  readonly alarms = new ResourceAlarms();
  readonly memory = new MemoryAlarm(this.alarms, this.store as unknown as MessageStore, 100, SILENT_LOGGER);
  readonly calls: string[] = [];
  readonly backpressure = new Backpressure(this.socket.asSocket, this.alarms, this.memory, {
    blocked: (reason) => void this.calls.push(reason),
    interruptInput: () => undefined,
    unblocked: () => void this.calls.push('unblocked'),
    outputBegun: () => undefined,
    readingResumed: () => void this.calls.push('resumed'),
  });

  use(octets: number): void {
    this.store.occupiedOctets = octets;
    this.memory.check();
  }
}

test('a publisher is told once that it waits for memory, and once that it need not any more', () => {
  const world = new World();
  world.backpressure.beforeMessage();
  world.use(101);
  assert.deepEqual([world.calls, world.socket.isPaused], [[], false]);
  world.backpressure.beforeMessage();
  world.backpressure.beforeMessage();
  assert.deepEqual([world.calls, world.socket.isPaused], [['low on memory'], true]);
  world.use(95);
  assert.equal(world.socket.isPaused, true);
  world.use(90);
  assert.deepEqual([world.calls, world.socket.isPaused], [['low on memory', 'unblocked', 'resumed'], false]);
});

test('as long as there is a reason left, nothing is read', () => {
  const world = new World();
  world.backpressure.repliesUnread();
  world.use(101);
  world.backpressure.beforeMessage();
  world.use(0);
  assert.equal(world.socket.isPaused, true);
  world.backpressure.repliesRead();
  assert.equal(world.socket.isPaused, false);
  assert.deepEqual(world.calls, ['low on memory', 'unblocked', 'resumed']);
});

test('a connection that ends waits for nothing any more', () => {
  const world = new World();
  world.use(101);
  world.backpressure.beforeMessage();
  world.backpressure.stop();
  assert.equal(world.socket.isPaused, false);
  world.use(0);
  assert.ok(!world.calls.includes('unblocked'));
});

describe('a publisher that is ahead of consumers', () => {
  const backlog = (readyCount: number) => ({ readyCount, passedCount: 0 });
  const publish = ({ backpressure }: World, queue: ReturnType<typeof backlog>) => {
    backpressure.pace.isAheadOf(queue as Queue);
    backpressure.pace.afterChunk();
    backpressure.pace.endTurn();
  };

  test('waits for the end of the turn', () => {
    const { backpressure, socket } = new World();
    backpressure.pace.afterChunk();
    assert.equal(socket.isPaused, false);
    backpressure.pace.isAheadOf(backlog(10) as Queue);
    backpressure.pace.afterChunk();
    assert.equal(socket.isPaused, true);
    backpressure.pace.endTurn();
    assert.equal(socket.isPaused, false);
  });

  test('waits a little longer where consumers are briskly at work on a backlog', async () => {
    const world = new World();
    const queue = backlog(5000);
    publish(world, queue);
    assert.equal(world.socket.isPaused, false);
    queue.passedCount += 100;
    publish(world, queue);
    world.backpressure.pace.endTurn();
    assert.equal(world.socket.isPaused, true);
    while (world.socket.isPaused) await sleep(1);
    assert.equal(world.socket.isPaused, false);
  });

  test('waits for none that dawdle', () => {
    const world = new World();
    const queue = backlog(5000);
    for (let round = 0; round < 3; round++) {
      publish(world, queue);
      assert.equal(world.socket.isPaused, false);
      queue.passedCount += 10;
    }
  });

  test('does not take two queues for the progress of one', () => {
    const world = new World();
    for (const passedCount of [5000, 10_000]) {
      publish(world, { readyCount: 5000, passedCount });
      assert.equal(world.socket.isPaused, false);
    }
  });
});
