import { ConfigError, refused } from './config-error.ts';
import { didYouMean } from './suggest.ts';

/** A table of values nobody has looked at yet. */
export type Table = Readonly<Record<string, unknown>>;

export function expectTable(label: string, value: unknown): Table {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(label, value, 'a table');
  return value as Table;
}

export function expectList(label: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw refused(label, value, 'a list');
  return value;
}

/** Throws when the table has a key that is not `known`. `prefix` is where the table is, as in 'users[0].'. */
export function expectKnownKeys(prefix: string, table: Table, known: readonly string[]): void {
  const unknown = Object.keys(table).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new ConfigError(`${prefix}${unknown}: there is no such option${didYouMean(unknown, known)}`);
}

/** Whether the text is a name that fits in an AMQP short string: 1 to 255 octets. */
export function isShortName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= 255;
}
