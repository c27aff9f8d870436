import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Json } from '#src/storage/definitions/definition-line.js';

/** A definitions file; see test/fixtures/README.md for where they come from. */
export type DefinitionsFixture = { readonly [section: string]: Json };

/** Where the file in test/fixtures is. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../../../test/fixtures/${name}`, import.meta.url));
}

export function fixture(name: string): DefinitionsFixture {
  return JSON.parse(readFileSync(fixturePath(name), 'utf8')) as DefinitionsFixture;
}
