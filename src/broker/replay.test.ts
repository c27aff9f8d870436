import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EMPTY_TABLE, fieldTable } from '../protocol/field-table.ts';
import { incomingMessage } from '../protocol/message.test.helper.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';
import { Arena } from '../storage/message/arena.ts';
import type { Exchange } from './exchange/exchange.ts';
import type { Queue } from './queue/queue.ts';
import { VirtualHost } from './vhost.ts';

const HISTORY = 'x-recent-history';
const PLAIN = { durable: false, autoDelete: false, internal: false, exclusive: false };

class World {
  readonly store = new MemoryStore(new Arena());
  readonly vhost = new VirtualHost('/', this.store);

  exchange(name: string, type = HISTORY, length = 3): Exchange {
    const args = fieldTable({ 'x-recent-history-length': length });
    return this.vhost.declareExchange(name, { ...PLAIN, type, arguments: args });
  }

  queue(name: string): Queue {
    return this.vhost.declareQueue(name, { ...PLAIN, arguments: EMPTY_TABLE }, this);
  }

  bind(source: Exchange, destination: Exchange | Queue): void {
    this.vhost.bind(source, destination, '', EMPTY_TABLE);
  }

  publish(exchange: string, ...bodies: string[]): void {
    for (const body of bodies) this.vhost.publisher.publish(incomingMessage({ exchange, body }), () => undefined);
  }

  /** Takes all messages of the queue. */
  drain(queue: Queue): string[] {
    const bodies: string[] = [];
    for (let taken = queue.get(); taken !== undefined; taken = queue.get()) {
      const { body, bodyStart, bodyEnd } = queue.view(taken.slot);
      bodies.push(body.toString('utf8', bodyStart, bodyEnd));
      queue.settle(taken.slot, taken.bodySize);
    }
    return bodies;
  }
}

describe('what a recent history exchange has kept', () => {
  test('is stored once, and gone with the last who has it', () => {
    const world = new World();
    const [source, first, second] = [world.exchange('x'), world.queue('first'), world.queue('second')];
    world.publish('x', 'a', 'b', 'c', 'd');
    world.bind(source, first);
    world.bind(source, second);
    assert.equal(world.store.messageCount, 3);
    world.vhost.deleteExchange('x', false);
    assert.equal(world.store.messageCount, 3);
    for (const queue of [first, second]) assert.deepEqual(world.drain(queue), ['b', 'c', 'd']);
    assert.equal(world.store.messageCount, 0);
  });

  test('is gone with the virtual host', async () => {
    const world = new World();
    world.exchange('x');
    world.publish('x', 'a');
    await world.vhost.delete();
    assert.equal(world.store.messageCount, 0);
  });

  test('goes through an exchange to where that leads', () => {
    const world = new World();
    const [source, other, queue] = [world.exchange('x'), world.exchange('fan', 'fanout'), world.queue('q')];
    world.bind(other, queue);
    world.publish('x', 'a', 'b');
    world.bind(source, other);
    assert.deepEqual(world.drain(queue), ['a', 'b']);
  });

  test('arrives whole where a circle leads it back to its exchange', () => {
    const world = new World();
    const [source, other, queue] = [world.exchange('x'), world.exchange('fan', 'fanout'), world.queue('q')];
    world.bind(other, source);
    world.bind(other, queue);
    world.publish('x', 'a', 'b', 'c');
    world.bind(source, other);
    assert.deepEqual(world.drain(queue), ['a', 'b', 'c']);
    world.vhost.deleteExchange('x', false);
    assert.equal(world.store.messageCount, 0);
  });

  test('arrives whole where another history keeps less of it', () => {
    const world = new World();
    const [source, short, queue] = [world.exchange('x'), world.exchange('short', HISTORY, 1), world.queue('q')];
    world.publish('x', 'a', 'b', 'c');
    world.bind(source, short);
    world.bind(short, queue);
    world.bind(source, queue);
    assert.deepEqual(world.drain(queue), ['c', 'a', 'b', 'c']);
  });
});
