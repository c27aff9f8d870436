import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MeteredBroker } from '../support/turns/metered-broker.ts';

/** The event loop may not be held up for longer, garbage collection aside: messages go on meanwhile. */
const TURN_MS = 60;

const HOSTILE_PATTERNS = ['^(a+)+$', '(a{0,30}){30}b1', '.*.*.*.*=x', '^(?=(a+)+$)', '(a?){1600}c'];

describe('what one asks for does not hold up others', () => {
  test('patterns of lists and policies', async () => {
    await using broker = await MeteredBroker.start();
    const channel = await broker.channel();
    for (let i = 0; i < 60; i++) await channel.assertQueue(`${'a'.repeat(200)}${i}b`, { durable: false });
    const longest = await broker.longestTurnMs(async () => {
      for (const pattern of HOSTILE_PATTERNS) {
        await broker.request(`/queues?page=1&use_regex=true&name=${encodeURIComponent(pattern)}`);
        const body = { pattern, definition: { 'max-length': 5 } };
        await broker.request(`/policies/%2F/${encodeURIComponent(pattern)}`, { method: 'PUT', body });
      }
    });
    assert.ok(longest < TURN_MS, `${longest} ms`);
  });
});
