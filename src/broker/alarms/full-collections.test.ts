import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FullCollections } from './full-collections.ts';

test('a nudge, or a few, has V8 collect all garbage', async () => {
  let count = 0;
  const collections = new FullCollections(() => count++);
  for (let tries = 0; count === 0; tries++) {
    assert.ok(tries < 1000);
    collections.nudge();
    await sleep(50);
  }
  collections.stop();
});
