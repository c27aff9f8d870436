import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { violationsIn } from '../../observe/invariants.test.helper.ts';
import { violated } from '../../observe/invariants.ts';
import { EMPTY_TABLE } from '../../protocol/field-table.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import { consumerOptions, FakeOutlet } from './consumer.test.helper.ts';
import { type Dispatcher, DispatchSchedule } from './dispatch-schedule.ts';
import { publishTo } from './publish.test.helper.ts';
import { Queue } from './queue.ts';
import { environmentOf } from './queue-environment.test.helper.ts';

const PROPERTIES = { durable: false, exclusive: false, autoDelete: false, arguments: EMPTY_TABLE };

const clock = new TestClock();
const schedule = new DispatchSchedule(clock);
let pumped: string[] = [];

class FakeDispatcher implements Dispatcher {
  isDue = false;
  isWatched = false;
  isStalled = false;
  private readonly name: string;
  private readonly onPump: () => void;

  constructor(name: string, onPump: () => void = () => undefined) {
    this.name = name;
    this.onPump = onPump;
  }

  toString(): string {
    return this.name;
  }

  pump(): void {
    pumped.push(this.name);
    this.onPump();
  }
}

/** What was pumped since the last call. */
function taken(): string[] {
  const names = pumped;
  pumped = [];
  return names;
}

describe('what is due', () => {
  const [a, b] = [new FakeDispatcher('a'), new FakeDispatcher('b')];

  test('is pumped once, in the order in which it came to be so, and not again afterwards', () => {
    for (const dispatcher of [b, a, b]) schedule.add(dispatcher);
    schedule.run();
    assert.deepEqual(taken(), ['b', 'a']);
    clock.advance(0);
    schedule.run();
    assert.deepEqual(taken(), []);
  });

  test('is pumped when control returns to the event loop, if nobody runs it', () => {
    schedule.add(a);
    clock.advance(0);
    assert.deepEqual(taken(), ['a']);
  });

  test('may cause more to be due, itself too, and run that at once', () => {
    const other = new FakeDispatcher('other', () => {
      schedule.add(b);
      schedule.run();
    });
    let isFirst = true;
    const again = new FakeDispatcher('again', () => {
      if (isFirst) schedule.add(again);
      isFirst = false;
    });
    for (const dispatcher of [other, again]) schedule.add(dispatcher);
    schedule.run();
    assert.deepEqual(taken(), ['other', 'again', 'b', 'again']);
  });

  test('is not forgotten because of one that fails', () => {
    const failing = new FakeDispatcher('failing', () => {
      throw new Error('a defect');
    });
    for (const dispatcher of [failing, a]) schedule.add(dispatcher);
    assert.throws(() => schedule.run(), { message: 'a defect' });
    clock.advance(0);
    assert.deepEqual(taken(), ['failing', 'a']);
  });
});

describe('what is watched', () => {
  test('is nobody’s business as long as nothing stalls', () => {
    schedule.watch(new FakeDispatcher('fine'));
    clock.advance(0);
    assert.deepEqual(taken(), []);
  });

  test('is told when it stalls, and pumped', () => {
    const stalled = new FakeDispatcher('stalled');
    stalled.isStalled = true;
    schedule.watch(stalled);
    assert.deepEqual(
      violationsIn(() => clock.advance(0)),
      ['stalled had something to deliver, and nobody did'],
    );
    assert.deepEqual(taken(), ['stalled']);
  });
});

test('a queue that was forgotten is found with the next message that comes', () => {
  const queueClock = new TestClock();
  const environment = environmentOf(new MemoryStore(new Arena()), queueClock);
  const queue = new Queue('q', '/', PROPERTIES, undefined, environment);
  const outlet = new FakeOutlet();
  const publish = (body: string) => publishTo(queue, incomingMessage({ body }));
  publish('a');
  const add = environment.dispatches.add;
  environment.dispatches.add = () => undefined;
  queue.subscribe(outlet, consumerOptions('c'));
  environment.dispatches.add = add;
  queueClock.advance(0);
  assert.deepEqual(outlet.take(), []);
  publish('b');
  assert.deepEqual(
    violationsIn(() => queueClock.advance(0)),
    ["queue 'q' in vhost '/' had something to deliver, and nobody did"],
  );
  assert.deepEqual(outlet.take(), ['a', 'b']);
});

test('a queue that is not as it must be keeps no other one from being served', () => {
  const clock = new TestClock();
  const schedule = new DispatchSchedule(clock);
  const served: string[] = [];
  const dispatcher = (pump: () => void): Dispatcher => ({ isDue: false, isWatched: false, isStalled: false, pump });
  schedule.add(dispatcher(() => violated('broken')));
  schedule.add(dispatcher(() => served.push('whole')));
  assert.deepEqual(
    violationsIn(() => schedule.run()),
    ['broken'],
  );
  assert.deepEqual(served, ['whole']);
});
