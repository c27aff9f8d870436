import assert from 'node:assert/strict';
import { onViolation } from './invariants.ts';

let isExpected = false;

/** From now on a violation that is not expected is an exception that nobody catches: it fails whatever test runs. */
export function failOnViolation(): void {
  onViolation((violation) => {
    if (!isExpected) throw violation;
  });
}

/** The same of what takes many turns. */
export async function violationsDuring(act: () => Promise<void>): Promise<string[]> {
  const messages: string[] = [];
  const stop = onViolation(({ message }) => messages.push(message));
  isExpected = true;
  try {
    await act();
  } finally {
    isExpected = false;
    stop();
  }
  return messages;
}

/** What is violated meanwhile, and may be. */
export function violationsIn(act: () => void): string[] {
  const messages: string[] = [];
  const stop = onViolation(({ message }) => messages.push(message));
  isExpected = true;
  try {
    act();
  } finally {
    isExpected = false;
    stop();
  }
  return messages;
}

/** What is found ends the act: whoever has asked for it is answered with that, and it is reported once. */
export function assertViolates(act: () => void, expected: RegExp): void {
  const messages = violationsIn(() => assert.throws(act, { name: 'InvariantViolation', message: expected }));
  assert.equal(messages.length, 1);
}
