import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { ConfigError } from './config-error.ts';
import type { BrokerOptions } from './options.ts';
import { resolveConfig, STRUCTURED_KEYS } from './resolve.ts';
import { SCALAR_KEYS, type ScalarKey, SETTINGS } from './settings.ts';
import { expectTable, type Table } from './shape.ts';
import { readValue } from './sources.ts';
import { didYouMean } from './suggest.ts';

type Parser = (text: string) => unknown;

/**
 * Reads options from a TOML or JSON file. Keys are those of `BrokerOptions`, or the flags without their dashes.
 * Throws a `ConfigError` that names the file and, where it can, the line or the key.
 */
export async function loadConfigFile(path: string): Promise<BrokerOptions> {
  const parse = await parserFor(path);
  const text = await readText(path);
  return inFile(path, () => {
    const options = optionsFromTable(expectTable('the file', parse(text)));
    resolveConfig(options);
    return options;
  });
}

async function parserFor(path: string): Promise<Parser> {
  const extension = extname(path).toLowerCase();
  if (extension === '.json') return parseJson;
  if (extension !== '.toml') throw new ConfigError(`${path}: a config file's name must end in .toml or .json`);
  const { parse } = await import('smol-toml');
  return (text) => parseToml(parse, text);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // Node appends what it did to which file; the file is named already.
    throw new ConfigError(`${path}: cannot be read: ${messageOf(error).replace(/,[^,]*$/, '')}`);
  }
}

/** Names the file in errors about what is in it. */
function inFile<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(`${path}: ${error.message}`) : error;
  }
}

function parseToml(parse: Parser, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    // The first line of the message says what is wrong, those below show the place.
    const reason = messageOf(error)
      .split('\n')[0]!
      .replace(/^Invalid TOML document: /, '');
    throw new ConfigError(`line ${lineOf(error)}: this is not TOML: ${reason}`);
  }
}

function lineOf(error: unknown): string {
  return error instanceof Error && 'line' in error ? String(error.line) : '?';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const reason = messageOf(error).replaceAll(/\s+/g, ' ');
    const [, position] = /position (\d+)/.exec(reason) ?? [];
    const line = text.slice(0, position === undefined ? text.length : Number(position)).split('\n').length;
    throw new ConfigError(`line ${line}: this is not JSON: ${reason}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** File keys by what they stand for: every option under its own name, single values under their flag's name too. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ...[...SCALAR_KEYS, ...STRUCTURED_KEYS].map((key) => [key, key] as const),
  ...SCALAR_KEYS.map((key) => [SETTINGS[key].flag, key] as const),
]);

function optionsFromTable(table: Table): BrokerOptions {
  const options: Record<string, unknown> = {};
  for (const [written, value] of Object.entries(table)) {
    const key = KEYS.get(written);
    if (key === undefined) {
      throw new ConfigError(`${written}: there is no such option${didYouMean(written, KEYS.keys())}`);
    }
    if (key in options) throw new ConfigError(`${written}: this option is there twice, as ${key} too`);
    options[key] = isScalarKey(key) ? readValue(key, value, written) : value;
  }
  return options;
}

function isScalarKey(key: string): key is ScalarKey {
  return key in SETTINGS;
}
