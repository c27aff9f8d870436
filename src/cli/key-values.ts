import { parseJson } from '../json/exact-json.ts';
import type { Json } from './api-client.ts';
import { misuse } from './command-error.ts';

/** Gathers `KEY=VALUE`, as often as it is given, for commander. @throws CommandError if there is no `=` */
export function gatherKeyValue(text: string, before: Readonly<Record<string, Json>> | undefined): Record<string, Json> {
  const equalsAt = text.indexOf('=');
  if (equalsAt < 1) throw misuse(`'${text}' should be KEY=VALUE`);
  return { ...before, [text.slice(0, equalsAt)]: jsonOrText(text.slice(equalsAt + 1)) };
}

/** What is JSON is taken as that, so that numbers are numbers; everything else is a text. `"5"` in quotes is one, too. */
export function jsonOrText(text: string): Json {
  try {
    return parseJson(text) as Json;
  } catch {
    return text;
  }
}

/** Reads a whole number for commander. @throws CommandError if it is none, or below `least` */
export function wholeNumber(name: string, least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < least) {
      throw misuse(`${name} should be a whole number from ${least} on, not '${text}'`);
    }
    return number;
  };
}
