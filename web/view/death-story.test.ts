import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENGLISH } from '../text/english.ts';
import { deathStory } from './death-story.ts';

test('the story begins with the oldest death', () => {
  const deaths = [
    { queue: 'q2', reason: 'rejected', count: 1, exchange: 'x', 'routing-keys': ['k'] },
    { queue: 'q1', reason: 'expired', count: 3, exchange: '', 'routing-keys': ['q1'], 'original-expiration': '5000' },
  ];
  assert.deepEqual(deathStory({ headers: { 'x-death': deaths } }, ENGLISH, 'en'), [
    'published to (default exchange) with q1: expired in q1 after 5 s, 3 times',
    'then published to x with k: was rejected in q2',
  ]);
});

test('what a client has put there does no harm', () => {
  for (const header of [undefined, 'died', [1, null, {}, { queue: 1, reason: 'x' }]]) {
    assert.deepEqual(deathStory({ headers: { 'x-death': header } }, ENGLISH, 'en'), []);
  }
  assert.deepEqual(deathStory({}, ENGLISH, 'en'), []);
  const odd = [{ queue: 'q', reason: 'boredom' }];
  assert.deepEqual(deathStory({ headers: { 'x-death': odd } }, ENGLISH, 'en'), [
    'published to (default exchange) with : died in q (boredom)',
  ]);
});
