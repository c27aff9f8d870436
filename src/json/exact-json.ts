import { randomUUID } from 'node:crypto';

/** Stands before an integer that is a string for a moment. Nobody outside can know it, so that no text is taken for one. */
const MARK = `integer-${randomUUID()}:`;
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g');
/** So many digits may be too many for a number. */
const MAY_BE_INEXACT = /\d{16}/;
/** Strings and numbers of a text that is known to be JSON. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONG_INTEGER = /^-?\d{16,20}$/;
const LEAST = -(2n ** 63n);
const MOST = 2n ** 64n - 1n;

/**
 * JSON as `JSON.parse` reads it, but integers beyond 2^53 that fit into 64 bits are bigints: RabbitMQ's definitions have them,
 * and a number would lose their last digits. Others stay numbers: the time for a bigint grows faster than its digits.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return MAY_BE_INEXACT.test(text) ? parseExact(text) : value;
}

function parseExact(text: string): unknown {
  const marked = text.replace(TOKEN, (token) => (isBeyondNumbers(token) ? `"${MARK}${token}"` : token));
  return JSON.parse(marked, (_name, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  );
}

function isBeyondNumbers(token: string): boolean {
  return typeof exactNumber(token) === 'bigint';
}

/** What a number of a JSON text stands for. */
export function exactNumber(token: string): number | bigint {
  const number = Number(token);
  if (!LONG_INTEGER.test(token) || Number.isSafeInteger(number)) return number;
  const value = BigInt(token);
  return value >= LEAST && value <= MOST ? value : number;
}

/** What `JSON.stringify` writes, with bigints as the integers that they are. */
export function stringifyJson(value: unknown, indent?: number): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const marked = (_name: string, each: unknown) => (typeof each === 'bigint' ? `${MARK}${each}` : each);
    return JSON.stringify(value, marked, indent).replace(MARKED, '$1');
  }
}
