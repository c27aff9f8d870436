import type { DiskFreeLimit } from './disk-free-limit.ts';
import { availableMemoryOctets } from './memory.ts';

/** A kind of value: which are allowed, and how one is written as text. */
export interface Kind<T> {
  /** Completes the sentence "give ..." for somebody who writes text: on the command line, in the environment or a file. */
  readonly allowed: string;
  /** The same for somebody who gives a value in code. */
  readonly allowedInCode: string;
  /** The value if it is allowed, else undefined. */
  accept(value: unknown): T | undefined;
  /** What a flag, an environment variable or a file's string stands for; the text itself when it makes no sense. */
  fromText(text: string): unknown;
}

export function wholeNumber(least: number, most: number): Kind<number> {
  const allowed =
    most === Number.MAX_SAFE_INTEGER ? `a whole number from ${least} up` : `a whole number from ${least} to ${most}`;
  return {
    allowed,
    allowedInCode: allowed,
    accept: (value) => (isWholeNumber(value, least, most) ? value : undefined),
    fromText: (text) => (/^\d+$/.test(text) ? Number(text) : text),
  };
}

/** A TCP port, 0 for any that is free, or none at all: 'off'. */
export function portOrOff(): Kind<number | 'off'> {
  const port = wholeNumber(0, 65535);
  return {
    allowed: `${port.allowed}, or off`,
    allowedInCode: `${port.allowed}, or 'off'`,
    accept: (value) => (value === 'off' ? value : port.accept(value)),
    fromText: (text) => (text === 'off' ? text : port.fromText(text)),
  };
}

/** A whole number from `least` up, or no limit at all: Infinity, written 'unlimited'. */
export function countOrUnlimited(least: number): Kind<number> {
  const count = wholeNumber(least, Number.MAX_SAFE_INTEGER);
  return {
    allowed: `${count.allowed}, or unlimited`,
    allowedInCode: `${count.allowed}, or Infinity`,
    accept: (value) => (value === Number.POSITIVE_INFINITY ? value : count.accept(value)),
    fromText: (text) => (text === 'unlimited' ? Number.POSITIVE_INFINITY : count.fromText(text)),
  };
}

/** A size in octets, written as a number, with a unit, or (given `ofMemory`) as a share of the machine's memory. */
export function octets(least: number, most: number, ofMemory: 'ofMemory' | 'absolute'): Kind<number> {
  const limits = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `from ${least} to ${most}`;
  const example = ofMemory === 'ofMemory' ? '512MiB or 40%' : '64MiB';
  return {
    allowed: `a number of octets ${limits}, as in ${example}`,
    allowedInCode: `a whole number of octets, ${limits}`,
    accept: (value) => (isWholeNumber(value, least, most) ? value : undefined),
    fromText: (text) => (ofMemory === 'ofMemory' ? shareOfMemory(text) : undefined) ?? sizeWithUnit(text) ?? text,
  };
}

/** How much of the disk must stay free. A share stays text, since it is not known yet of which disk. */
export function diskFreeLimit(): Kind<DiskFreeLimit> {
  const size = octets(0, Number.MAX_SAFE_INTEGER, 'absolute');
  const isShare = (value: unknown): value is `${number}%` =>
    typeof value === 'string' && percentIn(value) !== undefined;
  return {
    allowed: 'a number of octets, as in 500MB, a share of the disk, as in 2%, or auto',
    allowedInCode: "a whole number of octets, a share of the disk, as in '2%', or 'auto'",
    accept: (value) => (value === 'auto' || isShare(value) ? value : size.accept(value)),
    fromText: (text) => (isShare(text) ? text.replace(' ', '') : size.fromText(text)),
  };
}

export function oneOf<T extends string>(values: readonly T[]): Kind<T> {
  return {
    allowed: `one of ${values.join(', ')}`,
    allowedInCode: `one of ${values.map((value) => `'${value}'`).join(', ')}`,
    accept: (value) => values.find((candidate) => candidate === value),
    fromText: (text) => text,
  };
}

/** Any text that is not empty; `what` says what it names ("a directory"). */
export function textOf(what: string): Kind<string> {
  return {
    allowed: what,
    allowedInCode: what,
    accept: (value) => (typeof value === 'string' && value !== '' && !value.includes('\0') ? value : undefined),
    fromText: (text) => text,
  };
}

function isWholeNumber(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most;
}

const OCTETS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['KIB', 2 ** 10],
  ['MIB', 2 ** 20],
  ['GIB', 2 ** 30],
]);

function sizeWithUnit(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(text) ?? [];
  const perUnit = OCTETS_PER_UNIT.get(unit.toUpperCase());
  return digits === '' || perUnit === undefined ? undefined : Math.round(Number(digits) * perUnit);
}

function shareOfMemory(text: string): number | undefined {
  const percent = percentIn(text);
  return percent === undefined ? undefined : Math.round((percent / 100) * availableMemoryOctets());
}

function percentIn(text: string): number | undefined {
  const [, percent] = /^(\d+(?:\.\d+)?) ?%$/.exec(text) ?? [];
  return percent === undefined || Number(percent) > 100 ? undefined : Number(percent);
}
