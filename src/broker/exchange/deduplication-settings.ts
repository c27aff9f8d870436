import { AmqpError } from '../../protocol/amqp-error.ts';
import { type FieldTable, isIntegerType } from '../../protocol/field-table.ts';
import { DEDUPLICATION_HEADER } from '../message-identity.ts';

/** The type of exchange that drops duplicates, and else takes messages to all its bindings. */
export const DEDUPLICATION_TYPE = 'x-message-deduplication';
const DEFAULT_CACHE_SIZE = 128;
/** However many a client asks for: about a hundred megabytes. */
const MAX_CACHE_SIZE = 1024 * 1024;

/** How an exchange drops duplicates. */
export interface DeduplicationSettings {
  readonly header: string;
  readonly cacheSize: number;
  /** Undefined: as long as there is room. */
  readonly ttlMs: number | undefined;
  /** What is known is known after a restart, if the exchange is there then. */
  readonly isDurable: boolean;
}

/** Checks the arguments of the type x-message-deduplication. @throws AmqpError PRECONDITION_FAILED, as the plugin does */
export function requireCacheSize(args: FieldTable): void {
  if (!args.has('x-cache-size')) refuseInteger('Missing or invalid argument', 'x-cache-size');
}

/** What the type and the arguments of an exchange ask for; undefined: it takes duplicates. @throws AmqpError PRECONDITION_FAILED */
export function deduplicationSettings(types: readonly string[], args: FieldTable): DeduplicationSettings | undefined {
  if (!types.includes(DEDUPLICATION_TYPE) && args.get('x-message-deduplication')?.value !== true) return undefined;
  const size = positiveInteger(args, 'x-cache-size', 'Missing or invalid argument') ?? DEFAULT_CACHE_SIZE;
  const persistence = args.get('x-cache-persistence')?.value ?? 'disk';
  if (persistence !== 'disk' && persistence !== 'memory') {
    refuse("Invalid argument, 'x-cache-persistence' must be either 'disk' or 'memory'");
  }
  const header = args.get('x-deduplication-header')?.value ?? DEDUPLICATION_HEADER;
  if (typeof header !== 'string') refuse("Invalid argument, 'x-deduplication-header' must be a string");
  return {
    header,
    cacheSize: Math.min(size, MAX_CACHE_SIZE),
    ttlMs: positiveInteger(args, 'x-cache-ttl', 'Invalid argument'),
    isDurable: persistence === 'disk',
  };
}

/** The argument as a number: digits in a string are taken, too, as the plugin takes them. */
function positiveInteger(args: FieldTable, name: string, problem: string): number | undefined {
  const field = args.get(name);
  if (field === undefined) return undefined;
  const isDigits = field.type === 'longstr' && /^\d+$/.test(String(field.value));
  const value = isDigits || isIntegerType(field.type) ? Number(field.value) : 0;
  return value > 0 ? value : refuseInteger(problem, name);
}

function refuseInteger(problem: string, name: string): never {
  return refuse(`${problem}, '${name}' must be an integer greater than 0`);
}

function refuse(text: string): never {
  throw new AmqpError('PRECONDITION_FAILED', text);
}
