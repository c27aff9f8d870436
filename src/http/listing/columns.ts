import type { Json } from '../../storage/definitions/definition-line.ts';
import type { Columns } from './list-query.ts';

export interface JsonObject {
  readonly [name: string]: Json;
}

/** The object with only the fields that are asked for. */
export function pick(object: JsonObject, columns: Columns | undefined): JsonObject {
  if (columns === undefined) return object;
  const picked: Record<string, Json> = {};
  for (const [name, inner] of columns) {
    const value = object[name];
    if (value !== undefined) picked[name] = isObject(value) ? pick(value, inner) : value;
  }
  return picked;
}

/** The value of a field, with dots between what is in one another; undefined: there is no such field. */
export function valueAt(object: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = object;
  for (const name of path) {
    if (value === undefined || !isObject(value)) return undefined;
    value = value[name];
  }
  return value;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
