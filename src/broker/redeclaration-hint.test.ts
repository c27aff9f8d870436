import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LogFields, SILENT_LOGGER } from '../observe/logger.ts';
import { AmqpError } from '../protocol/amqp-error.ts';
import { fieldTable } from '../protocol/field-table.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';
import { Arena } from '../storage/message/arena.ts';
import { RedeclarationHint } from './redeclaration-hint.ts';
import { VirtualHost } from './vhost.ts';

const SECOND_MS = 1000;

/** Declares queues, and keeps what is logged. */
class World {
  readonly warnings: (readonly [fields: LogFields, text: string])[] = [];
  nowMs = 0;
  private readonly vhost = new VirtualHost('/', new MemoryStore(new Arena()));

  constructor() {
    const warn = (fields: LogFields | string, text = '') => this.warnings.push([fields as LogFields, text]);
    const hint = new RedeclarationHint({ ...SILENT_LOGGER, warn }, () => this.nowMs);
    this.vhost.events.subscribe(hint.hear);
    this.vhost.declareQueue('q', this.properties({ 'x-max-length': 10 }), this);
  }

  private properties(args: Readonly<Record<string, number>>, durable = false) {
    return { durable, exclusive: false, autoDelete: false, arguments: fieldTable(args) };
  }

  redeclare(args: Readonly<Record<string, number>>, durable = false): void {
    this.nowMs += SECOND_MS;
    assert.throws(() => this.vhost.declareQueue('q', this.properties(args, durable), this), AmqpError);
  }
}

test('the operator is told what differs and what can be done, once', () => {
  const world = new World();
  for (let i = 0; i < 3; i++) world.redeclare({ 'x-max-length': 5 });
  const { warnings } = world;
  assert.equal(warnings.length, 1);
  const [fields, text] = warnings[0]!;
  const facts = { queue: 'q', vhost: '/', argument: 'x-max-length', received: "'5'", current: "'10'" };
  assert.deepEqual(fields, { ...facts, user: 'rmq-internal' });
  assert.match(text, /leave the argument out and set 'max-length' by a policy/);
});

test('where there is no policy for it, the queue has to go', () => {
  const world = new World();
  world.redeclare({ 'x-max-length': 10 }, true);
  const [{ argument }, text] = world.warnings[0]!;
  assert.equal(argument, 'durable');
  assert.match(text, /declare it as it is, or delete it first/);
});

test('one at a time is enough', () => {
  const world = new World();
  world.redeclare({ 'x-max-length': 5 });
  world.nowMs -= SECOND_MS;
  world.redeclare({ 'x-max-length': 10 }, true);
  assert.equal(world.warnings.length, 1);
  world.redeclare({ 'x-max-length': 10 }, true);
  assert.equal(world.warnings.length, 2);
});

test('an argument that is left out is told of, too', () => {
  const world = new World();
  world.redeclare({});
  const [{ received }] = world.warnings[0]!;
  assert.equal(received, 'none');
  assert.equal(world.warnings.length, 1);
});
