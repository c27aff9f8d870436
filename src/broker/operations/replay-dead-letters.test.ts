import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_TABLE, fieldTable } from '../../protocol/field-table.ts';
import type { MessageParts } from '../../protocol/message.test.helper.ts';
import type { Queue } from '../queue/queue.ts';
import { withDeath } from '../queue/x-death.ts';
import { browseMessages } from './browse-messages.ts';
import { OperationsWorld } from './operations.test.helper.ts';
import { replayDeadLetters } from './replay-dead-letters.ts';

const BOUND = { type: 'topic', durable: false, autoDelete: false, internal: false, arguments: EMPTY_TABLE };

/** A message as it arrives in a queue for dead letters. */
function deadLetter(body: string, queue: string, headers = EMPTY_TABLE): MessageParts {
  const death = { queue, exchange: 'x', routingKey: 'a.b', expiration: '100' } as const;
  const history = withDeath(headers, { ...death, reason: 'rejected', timeSeconds: 1 });
  return { exchange: 'dlx', routingKey: 'dead', body, properties: { type: 't', headers: history } };
}

class DeadLetterWorld extends OperationsWorld {
  readonly dead: Queue = this.queue('dead');
  readonly first: Queue = this.queue('first');
  readonly second: Queue = this.queue('second');

  constructor() {
    super();
    const exchange = this.vhost.declareExchange('x', BOUND);
    for (const queue of [this.first, this.second]) this.vhost.bind(exchange, queue, 'a.*', EMPTY_TABLE);
  }
}

test('dead letters go back to the queue that each of them died in, as they had been published', async () => {
  const world = new DeadLetterWorld();
  const { dead, first, second } = world;
  world.publish(dead, deadLetter('1', 'first'), deadLetter('2', 'second'), deadLetter('3', 'first'));
  const result = await replayDeadLetters(world, world.vhost, dead);
  assert.deepEqual(result, { moved: 3, stayed: 0, error: undefined });
  assert.deepEqual([world.bodies(dead), world.bodies(first), world.bodies(second)], [[], ['1', '3'], ['2']]);
  const [message] = browseMessages(world.store, first, { count: 1 });
  assert.deepEqual([message!.exchange, message!.routingKey, message!.properties.type], ['x', 'a.b', 't']);
  assert.deepEqual([message!.properties.headers!.has('x-death'), message!.properties.expiration], [true, undefined]);
  assert.deepEqual([dead.unackedCount, world.store.messageCount], [0, 3]);
});

test('or to the exchange, and so to all queues that its routing keys lead to', async () => {
  const world = new DeadLetterWorld();
  const { dead, first, second } = world;
  world.publish(dead, deadLetter('1', 'gone'));
  await replayDeadLetters(world, world.vhost, dead, { to: 'exchange' });
  assert.deepEqual([world.bodies(first), world.bodies(second)], [['1'], ['1']]);
});

test('the routing keys of the sender lead on, although a dead-letter routing key had replaced them', async () => {
  const world = new DeadLetterWorld();
  const { dead, first } = world;
  const letter = deadLetter('1', 'first', fieldTable({ CC: ['c'] }));
  const headers = new Map([...letter.properties!.headers!].filter(([name]) => name !== 'CC'));
  world.publish(dead, { ...letter, properties: { headers } });
  await replayDeadLetters(world, world.vhost, dead);
  const [message] = browseMessages(world.store, first, { count: 1 });
  assert.deepEqual(message!.properties.headers!.get('CC'), fieldTable({ k: ['c'] }).get('k'));
});

test('what has nowhere to go stays where it is, in its order', async () => {
  const world = new DeadLetterWorld();
  const { dead, first } = world;
  const odd = [
    { body: 'never died' },
    deadLetter('queue gone', 'gone'),
    { body: 'no history', properties: { headers: fieldTable({ 'x-death': 'x' }) } },
    { body: 'no place', properties: { headers: fieldTable({ 'x-death': [{ queue: 1 }] }) } },
    deadLetter('died here', 'dead'),
  ];
  world.publish(dead, ...odd, deadLetter('1', 'first'));
  const result = await replayDeadLetters(world, world.vhost, dead);
  assert.deepEqual([result.moved, result.stayed, world.bodies(first)], [1, 5, ['1']]);
  assert.deepEqual(world.bodies(dead), ['never died', 'queue gone', 'no history', 'no place', 'died here']);
  world.vhost.deleteExchange('x', false);
  assert.equal((await replayDeadLetters(world, world.vhost, dead, { to: 'exchange' })).moved, 0);
});

test('a selection, of limited size', async () => {
  const world = new DeadLetterWorld();
  const { dead, first } = world;
  for (let i = 0; i < 6; i++) world.publish(dead, deadLetter(String(i), 'first', fieldTable({ even: i % 2 === 0 })));
  const filter = { headers: fieldTable({ even: true }) };
  assert.equal((await replayDeadLetters(world, world.vhost, dead, { filter, limit: 2 })).moved, 2);
  assert.deepEqual(
    [world.bodies(first), world.bodies(dead)],
    [
      ['0', '2'],
      ['1', '3', '4', '5'],
    ],
  );
});

test('single ones, which were chosen by looking at them', async () => {
  const world = new DeadLetterWorld();
  const { dead, first } = world;
  for (let i = 0; i < 4; i++) world.publish(dead, deadLetter(String(i), 'first'));
  const [, second, , fourth] = browseMessages(world.store, dead, { count: 9 });
  const selection = new Set([second!.ticket, fourth!.ticket]);
  const result = await replayDeadLetters(world, world.vhost, dead, { selection });
  assert.deepEqual(result, { moved: 2, stayed: 0, error: undefined });
  assert.deepEqual(
    [world.bodies(first), world.bodies(dead)],
    [
      ['1', '3'],
      ['0', '2'],
    ],
  );
});
