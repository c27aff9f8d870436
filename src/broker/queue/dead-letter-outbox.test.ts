import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violationsIn } from '../../observe/invariants.test.helper.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import { DeadLetterOutbox, type DeadLetterSource } from './dead-letter-outbox.ts';

/** Has these dead letters, of which some can't be sent. */
class Source implements DeadLetterSource {
  readonly sent: string[] = [];
  private readonly letters: string[];
  private readonly failures: Map<string, Error>;

  constructor(letters: readonly string[], failures: Record<string, Error> = {}) {
    this.letters = [...letters];
    this.failures = new Map(Object.entries(failures));
  }

  get length(): number {
    return this.letters.length;
  }

  sendFirst(): void {
    const failure = this.failures.get(this.letters[0]!);
    if (failure !== undefined) throw failure;
    this.sent.push(this.letters.shift()!);
  }

  skipFirst(): void {
    this.letters.shift();
  }

  mend(): void {
    this.failures.clear();
  }
}

test('on a full disk a queue’s dead letters wait and are sent later, in order', () => {
  const clock = new TestClock();
  const outbox = new DeadLetterOutbox(clock);
  const source = new Source(['a', 'b'], { a: new AmqpError('RESOURCE_ERROR', 'no space left') });
  outbox.add(source);
  clock.advance(2500);
  assert.deepEqual(source.sent, []);
  source.mend();
  clock.advance(1000);
  assert.deepEqual(source.sent, ['a', 'b']);
});

test('one that a defect stops is reported and left out, once; those behind it and other queues’ are sent', () => {
  const clock = new TestClock();
  const outbox = new DeadLetterOutbox(clock);
  const source = new Source(['a', 'b'], { a: new TypeError('undefined is not a function') });
  const other = new Source(['c']);
  outbox.add(source);
  outbox.add(other);
  const violations = violationsIn(() => clock.advance(5000));
  assert.deepEqual(violations, ['a dead letter: TypeError: undefined is not a function']);
  assert.deepEqual([source.sent, other.sent], [['b'], ['c']]);
});
