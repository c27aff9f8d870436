import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** The files that a file loads, itself among them. */
function loadedWith(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  for (const [, target] of readFileSync(path, 'utf8').matchAll(/(?:from|import) '(\.[^']+)'/g)) {
    loadedWith(resolve(dirname(path), target!), found);
  }
  return found;
}

test('commands for a broker that runs load none themselves', () => {
  const files = [...loadedWith(resolve(ROOT, 'cli/run-client.js'))].map((path) => relative(ROOT, path));
  const allowed = /^(cli|config|json|protocol)\/|^broker\/plain-arguments\.js$|^http\/views\/field-json\.js$/;
  assert.deepEqual(
    files.filter((path) => !allowed.test(path)),
    [],
  );
  assert.ok(files.length > 30);
});

test('the command that starts a broker loads of them only their names', () => {
  const files = [...loadedWith(resolve(ROOT, 'bin/start.js')), ...loadedWith(resolve(ROOT, 'bin/main.js'))];
  const ours = new Set(files.map((path) => relative(ROOT, path)).filter((path) => path.startsWith('cli/')));
  assert.deepEqual([...ours], ['cli/client-commands.js']);
});
