import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { EMPTY_TABLE, fieldTable, type PlainValue } from '../../protocol/field-table.ts';
import { bodyOf, incomingMessage } from '../../protocol/message.test.helper.ts';
import { Message } from '../../protocol/message.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { binding, matches } from '../destination.test.helper.ts';
import { RecentHistoryIndex } from './recent-history-index.ts';

class World {
  readonly store = new MemoryStore(new Arena());
  readonly index: RecentHistoryIndex;

  constructor(args: Record<string, PlainValue> = {}) {
    this.index = new RecentHistoryIndex(fieldTable(args), this.store);
  }

  record(body: string, headers: Record<string, PlainValue> = {}): void {
    this.index.record(incomingMessage({ body, properties: { headers: fieldTable(headers) } }));
  }

  get recent(): string[] {
    const view = new Message();
    return this.index.recent().map((slot) => {
      this.store.read(slot, view);
      return bodyOf(view).toString();
    });
  }
}

test('it keeps the last messages, in order, and nothing else', () => {
  const world = new World({ 'x-recent-history-length': 3 });
  const kept: string[] = [];
  for (let i = 0; i < 8; i++) {
    world.record(`${i}`);
    kept.push(`${i}`);
    assert.deepEqual(world.recent, kept.slice(-3));
  }
  assert.equal(world.store.messageCount, 3);
});

test('twenty, unless its arguments say something else', () => {
  const world = new World();
  for (let i = 0; i < 25; i++) world.record(`${i}`);
  assert.equal(world.recent.length, 20);
});

test('a message may ask not to be kept', () => {
  const world = new World();
  world.record('private', { 'x-recent-history-no-store': true });
  world.record('a', { 'x-recent-history-no-store': false });
  world.record('b', { 'x-recent-history-no-store': 'true' });
  assert.deepEqual(world.recent, ['a', 'b']);
});

test('it shares what the store has already', () => {
  const world = new World();
  const message = incomingMessage({ body: 'shared' });
  const slot = world.store.hold(message);
  world.index.record(message);
  assert.deepEqual(world.index.recent(), [slot]);
});

test('once closed it keeps nothing', () => {
  const world = new World({ 'x-recent-history-length': 2 });
  for (const body of ['a', 'b', 'c']) world.record(body);
  world.index.close();
  assert.equal(world.store.messageCount, 0);
  assert.deepEqual(world.recent, []);
});

test('every binding matches, whatever its key', () => {
  const { index } = new World();
  for (const name of ['a', 'b']) index.add(binding(name, EMPTY_TABLE));
  assert.deepEqual(matches(index, 'key', incomingMessage()), ['a', 'b']);
});

describe('a length that is none', () => {
  const refused: readonly (readonly [value: PlainValue, printed: string])[] = [
    [0, '0'],
    [-1, '-1'],
    [1.5, '1.5'],
    ['5', '<<"5">>'],
    [true, 'true'],
    [null, 'undefined'],
    [[1], '[{signedint,1}]'],
  ];
  for (const [value, printed] of refused) {
    test(JSON.stringify(value), () => {
      const make = () => new World({ 'x-recent-history-length': value });
      assert.throws(make, (error) => {
        assert.ok(error instanceof AmqpError, `${error}`);
        const text = `PRECONDITION_FAILED - Invalid argument ${printed}, 'x-recent-history-length' must be a positive integer`;
        assert.equal(error.replyText, text);
        return true;
      });
    });
  }
});
