import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { fieldTable } from '../../protocol/field-table.ts';
import { consumerOptions, FakeOutlet, settleFirst } from '../queue/consumer.test.helper.ts';
import { browseMessages } from './browse-messages.ts';
import { moveMessages } from './move-messages.ts';
import { OperationsWorld } from './operations.test.helper.ts';

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => String(from + i));
}

test('all messages move in their order, and nothing is left behind', async () => {
  const world = new OperationsWorld();
  const [source, target] = [world.queue('source'), world.queue('target')];
  world.publish(target, 'before');
  world.publish(source, ...numbers(0, 1000));
  const result = await moveMessages(world, world.vhost, source, target);
  assert.deepEqual(result, { moved: 1000, stayed: 0, error: undefined });
  assert.deepEqual(world.bodies(target), ['before', ...numbers(0, 1000)]);
  assert.deepEqual([source.readyCount, source.unackedCount, world.store.messageCount], [0, 0, 1001]);
});

test('no more than the limit', async () => {
  const world = new OperationsWorld();
  const [source, target] = [world.queue('source'), world.queue('target')];
  world.publish(source, ...numbers(0, 10));
  assert.equal((await moveMessages(world, world.vhost, source, target, { limit: 3 })).moved, 3);
  assert.deepEqual([world.bodies(target), world.bodies(source)], [numbers(0, 3), numbers(3, 10)]);
});

test('a selection, wherever it lies; what is not there any more does not matter', async () => {
  const world = new OperationsWorld();
  const [source, target] = [world.queue('source'), world.queue('target')];
  world.publish(source, ...numbers(0, 600));
  const tickets = browseMessages(world.store, source, { count: 600 }).map(({ ticket }) => ticket);
  settleFirst(source);
  const selection = new Set([tickets[0]!, tickets[3]!, tickets[5]!, tickets[550]!]);
  assert.deepEqual(await moveMessages(world, world.vhost, source, target, { selection }), {
    moved: 3,
    stayed: 0,
    error: undefined,
  });
  assert.deepEqual(world.bodies(target), ['3', '5', '550']);
  const left = numbers(1, 600).filter((body) => !['3', '5', '550'].includes(body));
  assert.deepEqual(world.bodies(source), left);
  const again = await moveMessages(world, world.vhost, source, target, { selection });
  assert.equal(again.moved, 0);
});

test('a message that was delivered before has its place at the front, and moves first', async () => {
  const world = new OperationsWorld();
  const [source, target] = [world.queue('source'), world.queue('target')];
  world.publish(source, ...numbers(0, 4));
  const [first, second] = [source.get()!, source.get()!];
  source.requeue(second.slot, second.sequence, second.bodySize, true);
  source.requeue(first.slot, first.sequence, first.bodySize, true);
  await moveMessages(world, world.vhost, source, target);
  assert.deepEqual(world.bodies(target), numbers(0, 4));
});

test('consumers of the target get what is moved', async () => {
  const world = new OperationsWorld();
  const [source, target] = [world.queue('source'), world.queue('target')];
  const outlet = new FakeOutlet();
  target.subscribe(outlet, consumerOptions('c'));
  world.publish(source, 'a', 'b');
  await moveMessages(world, world.vhost, source, target);
  assert.deepEqual(outlet.take(), ['a', 'b']);
});

test('consumers of the source go on meanwhile, and nothing is lost or out of order', async () => {
  const world = new OperationsWorld();
  const [source, target] = [world.queue('source'), world.queue('target')];
  world.publish(source, ...numbers(0, 5000));
  const outlet = new FakeOutlet();
  const moving = moveMessages(world, world.vhost, source, target);
  world.publish(source, 'new');
  source.subscribe(outlet, consumerOptions('c', { prefetchCount: 10 }));
  source.pump();
  const { moved } = await moving;
  const movedBodies = world.bodies(target);
  assert.equal(moved, movedBodies.length);
  const all = [...movedBodies, ...outlet.take(), ...world.bodies(source)];
  assert.deepEqual(all.sort(), [...numbers(0, 5000), 'new'].sort());
  const order = movedBodies.filter((body) => body !== 'new').map(Number);
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
});

test('a queue cannot be moved to itself', async () => {
  const world = new OperationsWorld();
  const queue = world.queue('q');
  await assert.rejects(moveMessages(world, world.vhost, queue, queue), { name: 'OperationError' });
});

test('when the target is deleted, the rest stays and is told', async () => {
  const world = new OperationsWorld();
  const [source, target] = [world.queue('source'), world.queue('target')];
  for (const number of numbers(0, 50_000)) world.publish(source, number);
  const moving = moveMessages(world, world.vhost, source, target);
  world.vhost.deleteQueue(target);
  const { moved, error } = await moving;
  assert.match(error!.message, /queue 'target' in vhost '\/' is gone/);
  assert.equal(moved + source.readyCount, 50_000);
  assert.equal(source.unackedCount, 0);
});

test('a message that can not be sent on is where it was', async (t) => {
  const world = new OperationsWorld();
  const [source, target] = [world.queue('source'), world.queue('target')];
  world.publish(source, ...numbers(0, 4));
  let calls = 0;
  const publishTo = world.vhost.publisher.publishTo.bind(world.vhost.publisher);
  t.mock.method(world.vhost.publisher, 'publishTo', (...args: Parameters<typeof publishTo>) => {
    if (++calls === 3) throw new AmqpError('RESOURCE_ERROR', 'disk full');
    publishTo(...args);
  });
  const result = await moveMessages(world, world.vhost, source, target);
  assert.deepEqual([result.moved, (result.error as AmqpError).replyText], [2, 'RESOURCE_ERROR - disk full']);
  assert.deepEqual([world.bodies(target), world.bodies(source)], [numbers(0, 2), numbers(2, 4)]);
  assert.equal(source.unackedCount, 0);
});

test('a target that has no room for more gets no more', async () => {
  const world = new OperationsWorld();
  const source = world.queue('source');
  const target = world.queue('target', fieldTable({ 'x-max-length': 3, 'x-overflow': 'reject-publish' }));
  world.publish(source, ...numbers(0, 5));
  const { moved, error } = await moveMessages(world, world.vhost, source, target);
  assert.deepEqual([moved, error!.message], [3, "queue 'target' in vhost '/' has no room for more messages"]);
  assert.deepEqual([world.bodies(target), world.bodies(source)], [numbers(0, 3), numbers(3, 5)]);
});

test('what a target has no room for is where it was, between the others and not marked as delivered before', async () => {
  const world = new OperationsWorld();
  const source = world.queue('source');
  const target = world.queue('target', fieldTable({ 'x-max-length': 1, 'x-overflow': 'reject-publish' }));
  for (let i = 0; i < 6; i++) world.publish(source, { body: `${i}`, routingKey: i % 2 === 1 ? 'odd' : 'even' });
  const { moved, error } = await moveMessages(world, world.vhost, source, target, { filter: { routingKey: 'odd' } });
  assert.deepEqual([moved, error!.name], [1, 'OperationError']);
  assert.deepEqual([world.bodies(target), world.bodies(source)], [['1'], ['0', '2', '3', '4', '5']]);
  assert.ok(source.listReady(-1, 9).every(({ redelivered }) => !redelivered));
  assert.deepEqual([source.unackedCount, source.unackedOctets, source.readyOctets], [0, 0, 5]);
});

test('what is on its way to disk when the target has no room for more counts once it is there', async (t) => {
  const world = new OperationsWorld();
  const source = world.queue('source');
  const target = world.queue('target', fieldTable({ 'x-max-length': 2, 'x-overflow': 'reject-publish' }));
  world.publish(source, ...numbers(0, 5));
  const { publisher } = world.vhost;
  const publishTo = publisher.publishTo.bind(publisher);
  t.mock.method(publisher, 'publishTo', (...[queues, ids, message, onSafe]: Parameters<typeof publishTo>) => {
    publishTo(queues, ids, message, () => undefined);
    world.commit.wait({ committed: onSafe, commitFailed: () => undefined });
  });
  const { moved, error } = await moveMessages(world, world.vhost, source, target);
  assert.deepEqual([moved, error!.name], [2, 'OperationError']);
  assert.deepEqual([world.bodies(source), source.unackedCount], [numbers(2, 5), 0]);
});

test('the event loop is never held up for long', async () => {
  const world = new OperationsWorld();
  const [source, target] = [world.queue('source'), world.queue('target')];
  for (const number of numbers(0, 60_000)) world.publish(source, number);
  let turns = 0;
  const count = () => {
    turns++;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  const { moved } = await moveMessages(world, world.vhost, source, target, {
    filter: { routingKey: '#', headers: fieldTable({}) },
  });
  clearImmediate(timer);
  assert.equal(moved, 60_000);
  assert.ok(turns > 5, `${turns} turns`);
});

describe('a filter', () => {
  const messages = [
    { body: '0', routingKey: 'a.b' },
    { body: '11', routingKey: 'a.c', properties: { headers: fieldTable({ x: 1, y: 'z' }) } },
    { body: '222', routingKey: 'b', properties: { headers: fieldTable({ x: 1 }) } },
    { body: '3333', routingKey: 'a.b.c' },
  ];
  const cases = [
    [{ routingKey: 'a.*' }, ['0', '11']],
    [{ routingKey: 'a.#' }, ['0', '11', '3333']],
    [{ headers: fieldTable({ x: 1 }) }, ['11', '222']],
    [{ headers: fieldTable({ x: 1, y: 'z' }) }, ['11']],
    [{ headers: fieldTable({ 'x-match': 'any', x: 2, y: 'z' }) }, ['11']],
    [{ minBodySizeOctets: 2, maxBodySizeOctets: 3 }, ['11', '222']],
    [{ minBodySizeOctets: 3, routingKey: 'a.#' }, ['3333']],
  ] as const;
  for (const [filter, expected] of cases) {
    test(`moves ${expected.join(', ')}`, async () => {
      const world = new OperationsWorld();
      const [source, target] = [world.queue('source'), world.queue('target')];
      world.publish(source, ...messages);
      const result = await moveMessages(world, world.vhost, source, target, { filter });
      assert.deepEqual([result.moved, result.stayed], [expected.length, 4 - expected.length]);
      const all = messages.map(({ body }) => body);
      const rest = all.filter((body) => !(expected as readonly string[]).includes(body));
      assert.deepEqual([world.bodies(target), world.bodies(source)], [expected, rest]);
      assert.deepEqual(
        source.listReady(-1, 9).filter(({ redelivered }) => redelivered),
        [],
      );
    });
  }

  test('that can not be is refused', async () => {
    const world = new OperationsWorld();
    const filter = { headers: fieldTable({ 'x-match': 'some' }) };
    await assert.rejects(moveMessages(world, world.vhost, world.queue('a'), world.queue('b'), { filter }), AmqpError);
  });
});
