import { erlangJson, erlangPairs } from '../../protocol/erlang-term.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';

/** Limits by name, as they stand in definitions files; without one, or where it is negative, there is no limit. */
export type Limits<Name extends string> = { readonly [name in Name]?: number };

/** What is wrong with limits that somebody wants to set, in RabbitMQ's words. @param where what these texts call them */
export function limitFaults(limits: Json, names: readonly string[], where: string): string[] {
  if (typeof limits !== 'object' || limits === null || Array.isArray(limits)) {
    return [`${where} not a list ${erlangJson(limits)}`];
  }
  const entries = Object.entries(limits);
  const unknown = entries.filter(([name]) => !names.includes(name));
  return [
    ...entries
      .filter(([name, value]) => names.includes(name) && !Number.isSafeInteger(value))
      .map(([name, value]) => `${name} should be a number, actually was ${erlangJson(value)}`),
    ...(unknown.length === 0 ? [] : [`Unrecognised terms ${erlangPairs(unknown)} in ${where}`]),
  ];
}

/** Whether there may be one more where there are so many. */
export function hasRoom(limit: number | undefined, count: number): boolean {
  return limit === undefined || limit < 0 || count < limit;
}

/** The limits without one of them. */
export function withoutLimit<Name extends string>(limits: Limits<Name>, name: string): Limits<Name> {
  return Object.fromEntries(Object.entries(limits).filter(([each]) => each !== name)) as Limits<Name>;
}
