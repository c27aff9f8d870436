import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { fieldTable } from '../../protocol/field-table.ts';
import { consumerOptions, FakeOutlet } from '../queue/consumer.test.helper.ts';
import { OperationsWorld } from './operations.test.helper.ts';
import { pauseQueue, resumeQueue } from './pause-queue.ts';

test('nothing goes out of a paused queue, and everything once it is resumed', () => {
  const world = new OperationsWorld();
  const queue = world.queue('q');
  const outlet = new FakeOutlet();
  queue.subscribe(outlet, consumerOptions('c', { prefetchCount: 2 }));
  world.publish(queue, 'a');
  pauseQueue(world.vhost, queue);
  assert.equal(queue.isPaused, true);
  world.publish(queue, 'b', 'c');
  outlet.acknowledge();
  assert.deepEqual([outlet.take(), queue.get(), queue.readyCount, queue.consumerCount], [['a'], undefined, 2, 1]);
  resumeQueue(world.vhost, queue);
  assert.deepEqual([outlet.take(), queue.isPaused], [['b', 'c'], false]);
});

test('consumers come and go meanwhile', () => {
  const world = new OperationsWorld();
  const queue = world.queue('q');
  const [first, second] = [new FakeOutlet(), new FakeOutlet()];
  const gone = queue.subscribe(first, consumerOptions('1'));
  pauseQueue(world.vhost, queue);
  queue.subscribe(second, consumerOptions('2'));
  queue.unsubscribe(gone);
  world.publish(queue, 'a');
  queue.pump();
  resumeQueue(world.vhost, queue);
  assert.deepEqual([first.take(), second.take()], [[], ['a']]);
});

test('of single active consumers only the active one is resumed', () => {
  const world = new OperationsWorld();
  const queue = world.queue('q', fieldTable({ 'x-single-active-consumer': true }));
  const [first, second] = [new FakeOutlet(), new FakeOutlet()];
  queue.subscribe(first, consumerOptions('1'));
  queue.subscribe(second, consumerOptions('2'));
  pauseQueue(world.vhost, queue);
  world.publish(queue, 'a', 'b');
  resumeQueue(world.vhost, queue);
  assert.deepEqual([first.take(), second.take()], [['a', 'b'], []]);
});

describe('what can not be noted is not so', () => {
  const failing = (world: OperationsWorld) => {
    world.vhost.journal = {
      ...world.vhost.journal,
      queueChanged: () => {
        throw new AmqpError('RESOURCE_ERROR', 'full');
      },
    };
  };

  test('a queue goes on', () => {
    const world = new OperationsWorld();
    const queue = world.queue('q');
    failing(world);
    assert.throws(() => pauseQueue(world.vhost, queue), AmqpError);
    assert.equal(queue.isPaused, false);
  });

  test('or stays paused, and has given nothing out', () => {
    const world = new OperationsWorld();
    const queue = world.queue('q');
    pauseQueue(world.vhost, queue);
    failing(world);
    assert.throws(() => resumeQueue(world.vhost, queue), AmqpError);
    assert.equal(queue.isPaused, true);
  });
});
