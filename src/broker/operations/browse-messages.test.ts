import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browseMessages } from './browse-messages.ts';
import { OperationsWorld } from './operations.test.helper.ts';

test('messages are shown with all that is known of them, and stay as they are', () => {
  const world = new OperationsWorld();
  const queue = world.queue('q');
  world.publish(queue, { exchange: 'x', routingKey: 'k', body: 'abc', properties: { type: 't' } }, 'b', 'c');
  const returned = queue.get()!;
  queue.requeue(returned.slot, returned.sequence, returned.bodySize, true);
  for (let i = 0; i < 2; i++) {
    const [first, second, ...others] = browseMessages(world.store, queue, { count: 2 });
    assert.ok(Math.abs(first!.timestampMs - Date.now()) < 60_000);
    assert.deepEqual(
      { ...first, timestampMs: 0, ticket: '' },
      {
        position: 0,
        ticket: '',
        exchange: 'x',
        routingKey: 'k',
        redelivered: true,
        properties: { type: 't' },
        timestampMs: 0,
        bodySizeOctets: 3,
        body: Buffer.from('abc'),
      },
    );
    assert.deepEqual([second!.redelivered, second!.body.toString(), others], [false, 'b', []]);
  }
  assert.deepEqual([queue.readyCount, queue.unackedCount], [3, 0]);
});

test('bodies are cut, in whatever pieces they lie', () => {
  const world = new OperationsWorld();
  const queue = world.queue('q');
  const large = 'x'.repeat(100_000);
  world.publish(queue, { body: large, layout: 5 }, { body: large, layout: 'apart' }, 'short');
  const browsed = browseMessages(world.store, queue, { count: 9, bodyLimitOctets: 50_001 });
  assert.deepEqual(
    browsed.map(({ body, bodySizeOctets }) => [body.length, bodySizeOctets]),
    [
      [50_001, 100_000],
      [50_001, 100_000],
      [5, 5],
    ],
  );
});

test('there is a limit on messages', () => {
  const world = new OperationsWorld();
  const queue = world.queue('q');
  world.publish(queue, ...Array.from({ length: 1100 }, () => 'm'));
  assert.equal(browseMessages(world.store, queue, { count: 5000 }).length, 1000);
});

test('positions lead from one part of a queue to the next', () => {
  const world = new OperationsWorld();
  const queue = world.queue('q');
  world.publish(queue, 'a', 'b', 'c', 'd', 'e');
  const seen: string[] = [];
  let after = -1;
  for (;;) {
    const part = browseMessages(world.store, queue, { count: 2, after });
    if (part.length === 0) break;
    seen.push(part.map(({ body }) => body.toString()).join(''));
    after = part.at(-1)!.position;
  }
  assert.deepEqual(seen, ['ab', 'cd', 'e']);
});
