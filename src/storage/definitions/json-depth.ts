import { MAX_TABLE_DEPTH } from '../../protocol/field-table.ts';
import type { Json } from './definition-line.ts';

/** Whatever AMQP can express fits, with the sections and objects of a definitions file around it. */
export const MAX_JSON_DEPTH = MAX_TABLE_DEPTH + 8;

/** Whether objects and lists are nested deeper than `MAX_JSON_DEPTH`: whoever walks through them needs stack for each level. */
export function isTooDeep(json: Json, depth = 0): boolean {
  if (typeof json !== 'object' || json === null) return false;
  if (depth === MAX_JSON_DEPTH) return true;
  for (const value of Array.isArray(json) ? json : Object.values(json)) {
    if (typeof value === 'object' && isTooDeep(value as Json, depth + 1)) return true;
  }
  return false;
}
