import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { loadFastify } from './load-fastify.ts';

const MOST_FILES_IN_A_TURN = 20;

test('Fastify is loaded a few files at a time', async () => {
  const { cache } = createRequire(import.meta.url);
  let [fileCount, mostFiles, isLoaded] = [Object.keys(cache).length, 0, false];
  const lookAtTurn = () => {
    const filesBefore = fileCount;
    fileCount = Object.keys(cache).length;
    mostFiles = Math.max(mostFiles, fileCount - filesBefore);
    if (!isLoaded) setImmediate(lookAtTurn);
  };
  setImmediate(lookAtTurn);
  const { fastify } = await loadFastify();
  isLoaded = true;
  lookAtTurn();
  assert.ok(fileCount > 5 * MOST_FILES_IN_A_TURN, `${fileCount} files`);
  assert.ok(mostFiles <= MOST_FILES_IN_A_TURN, `${mostFiles} files in a turn`);
  assert.equal((await import('fastify')).fastify, fastify);
});
