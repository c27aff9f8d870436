import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { isAbsolute } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

/** How a file requires what it can't do without. What it may need some day is required within a function, indented. */
const REQUIREMENTS = /^(?:const|let|var|\}).* = require\(['"]([^'"]+)['"]\)/gm;
/**
 * So far down from Fastify's main file, what a file requires is loaded before it, one by one. Further down there are files that
 * require each other, whose order had better be their own.
 */
const LEVELS = 3;

/**
 * Loads Fastify in many turns of the event loop, since messages go on meanwhile. Whoever just imports it has all of its 130 files
 * loaded in one, since that is how CommonJS modules are.
 */
export async function loadFastify(): Promise<typeof import('fastify')> {
  const main = createRequire(import.meta.url).resolve('fastify');
  await loadRequirements(main, LEVELS);
  return createRequire(main)(main);
}

async function loadRequirements(file: string, levels: number): Promise<void> {
  const require = createRequire(file);
  for (const [, name] of (await readFile(file, 'utf8')).matchAll(REQUIREMENTS)) {
    const path = require.resolve(name!);
    if (path in require.cache) continue;
    if (levels > 1 && isAbsolute(path)) await loadRequirements(path, levels - 1);
    require(path);
    await turn();
  }
}
