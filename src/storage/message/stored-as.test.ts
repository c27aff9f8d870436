import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** Compiled, so that it does not matter how something was written. */
const ROOT = join(import.meta.dirname, '..', '..');

/** What writes a slot: the compiler refuses `slot = …`, unless somebody goes out of their way. */
const WRITES = /stored-as\.js|\.isHolder = |message\.slot = |view\.slot = /;

test('nothing but a store says which slot a message is in', () => {
  const modules = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.js') && !/\.test\.|^web/.test(path),
  );
  const writers = modules.filter((path) => WRITES.test(readFileSync(join(ROOT, path), 'utf8')));
  const expected = [
    ['storage', 'memory', 'memory-store.js'],
    ['storage', 'tiered-store.js'],
  ];
  const paths = expected.map((parts) => join(...parts));
  assert.deepEqual(writers.filter((path) => !path.endsWith('stored-as.js')).sort(), paths.sort());
});
