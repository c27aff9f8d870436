import { readFile } from 'node:fs/promises';
import { OperationError } from '../../broker/operation-error.ts';
import { ConfigError } from '../../config/config-error.ts';
import { parseJson } from '../../json/exact-json.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import { isTooDeep, MAX_JSON_DEPTH } from '../../storage/definitions/json-depth.ts';
import type { ServerContext } from '../context/server-context.ts';
import type { Definitions } from './definitions.ts';
import { importDefinitions } from './import-definitions.ts';
import { readDefinitions } from './read-definitions.ts';

/**
 * Reads the definitions file that the broker is to start with. Patterns that are not supported don't keep it from that.
 * @throws ConfigError that names the file
 */
export async function loadDefinitions(path: string): Promise<Definitions> {
  const text = await readText(path);
  return await inFile(path, () => readDefinitions(parse(text), undefined, 'all patterns'));
}

/** Imports it, each time that the broker starts. @throws ConfigError that names the file: then nothing was imported */
export async function importAtStart(path: string, definitions: Definitions, context: ServerContext): Promise<void> {
  const { imported, kept, skipped } = await inFile(path, () => importDefinitions(definitions, context));
  context.log.info({ path, imported, kept, skipped: skipped.length }, 'definitions imported');
  for (const object of skipped) context.log.warn({ path, object }, 'not imported');
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`${path}: cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function parse(text: string): Json {
  const json = parseText(text);
  if (isTooDeep(json)) throw new OperationError(`this is nested more than ${MAX_JSON_DEPTH} deep`);
  return json;
}

function parseText(text: string): Json {
  try {
    return parseJson(text) as Json;
  } catch (error) {
    throw new OperationError(`this is not JSON: ${(error as Error).message.replaceAll(/\s+/g, ' ')}`);
  }
}

async function inFile<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof OperationError ? new ConfigError(`${path}: ${error.message}`) : error;
  }
}
