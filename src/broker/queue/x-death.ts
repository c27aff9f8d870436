import { type FieldTable, type FieldValue, isIntegerType } from '../../protocol/field-table.ts';

/** Why a message became a dead letter. */
export type DeathReason = 'rejected' | 'expired' | 'maxlen' | 'delivery_limit';

/** What happened to a message in a queue. */
export interface Death {
  readonly queue: string;
  readonly reason: DeathReason;
  readonly timeSeconds: number;
  /** Where the message had been published to, with its routing key, which CC and BCC are added to. */
  readonly exchange: string;
  readonly routingKey: string;
  /** The time to live that the message itself had asked for. */
  readonly expiration: string | undefined;
}

const DEATHS = 'x-death';

/** Entries in the order of their names, as RabbitMQ puts them when it has changed a table. */
function sorted(table: Iterable<readonly [string, FieldValue]>): FieldTable {
  return new Map([...table].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

const text = (value: string): FieldValue => ({ type: 'longstr', value });
const times = (value: number | bigint): FieldValue => ({ type: 'long', value });

/**
 * The headers of a message with one more death: in `x-death`, which has an entry for each queue and reason with the latest
 * death first, in `x-last-death-*`, and, if it is the first one, in `x-first-death-*`.
 */
export function withDeath(headers: FieldTable, death: Death): FieldTable {
  const entries = new Map(headers);
  if (!entries.has(DEATHS)) nameDeath(entries, 'first', death);
  nameDeath(entries, 'last', death);
  entries.set(DEATHS, { type: 'array', value: listed(headers, death) });
  return sorted(entries);
}

function nameDeath(entries: Map<string, FieldValue>, which: 'first' | 'last', death: Death): void {
  for (const fact of ['reason', 'queue', 'exchange'] as const) {
    entries.set(`x-${which}-death-${fact}`, text(death[fact]));
  }
}

/** Undefined: it has not died yet, or what should tell is no list of deaths, because a client has changed it. */
function deathsIn(headers: FieldTable): readonly FieldValue[] | undefined {
  const deaths = headers.get(DEATHS);
  return deaths?.type === 'array' ? deaths.value : undefined;
}

function listed(headers: FieldTable, death: Death): readonly FieldValue[] {
  const received = deathsIn(headers);
  if (received === undefined) return [{ type: 'table', value: newEntry(headers, death) }];
  const deaths = grouped(received);
  const former = deaths.find((entry) => isOf(entry, death));
  const entry = former?.type === 'table' ? countedAgain(former.value) : newEntry(headers, death);
  return [{ type: 'table', value: sorted(entry) }, ...deaths.filter((other) => other !== former)];
}

/**
 * One entry for each queue and reason, in the place of its first: old brokers wrote an entry for each death, and publishers edit
 * such lists. As in RabbitMQ, the first entry's count is the group's, or else the number of its entries; one entry alone is left
 * as it is.
 */
function grouped(deaths: readonly FieldValue[]): readonly FieldValue[] {
  if (deaths.length < 2) return deaths;
  const groups = new Map<unknown, { readonly first: FieldValue; size: number }>();
  for (const entry of deaths) {
    const key = groupKeyOf(entry);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: entry, size: 1 });
    else group.size++;
  }
  return Array.from(groups.values(), ({ first, size }) => withCount(first, size));
}

/** Equal for entries of the same queue and reason; whatever names neither stays alone. */
function groupKeyOf(entry: FieldValue): unknown {
  const [queue, reason] = [nameIn(entry, 'queue'), nameIn(entry, 'reason')];
  return typeof queue === 'string' && typeof reason === 'string' ? JSON.stringify([queue, reason]) : entry;
}

function withCount(entry: FieldValue, count: number): FieldValue {
  if (entry.type !== 'table' || countIn(entry.value) !== undefined) return entry;
  return { type: 'table', value: new Map([['count', times(count)], ...entry.value]) };
}

/** Clients send the header back with the count in whatever integer type they choose for small numbers. */
function countIn(entry: FieldTable): bigint | undefined {
  const count = entry.get('count');
  return count !== undefined && isIntegerType(count.type) ? BigInt(count.value as number | bigint) : undefined;
}

function countedAgain(entry: FieldTable): FieldTable {
  return new Map(entry).set('count', times((countIn(entry) ?? 0n) + 1n));
}

function isOf(entry: FieldValue, { queue, reason }: Death): boolean {
  return nameIn(entry, 'queue') === queue && nameIn(entry, 'reason') === reason;
}

function nameIn(entry: FieldValue, name: string): unknown {
  return entry.type === 'table' ? entry.value.get(name)?.value : undefined;
}

function newEntry(headers: FieldTable, death: Death): FieldTable {
  const { timeSeconds, exchange, expiration } = death;
  const entry = new Map<string, FieldValue>([
    ['count', times(1)],
    ['reason', text(death.reason)],
    ['queue', text(death.queue)],
    ['time', { type: 'timestamp', value: timeSeconds }],
    ['exchange', text(exchange)],
    ['routing-keys', { type: 'array', value: [text(death.routingKey), ...copiesIn(headers)] }],
  ]);
  return expiration === undefined ? entry : entry.set('original-expiration', text(expiration));
}

/** Further routing keys that the publisher has given. BCC is not there any more. */
function copiesIn(headers: FieldTable): readonly FieldValue[] {
  const copies = headers.get('CC');
  return copies?.type === 'array' ? copies.value.filter(({ type }) => type === 'longstr') : [];
}

/**
 * Whether the message would come back to a queue that it has died in, with no client having rejected it since: it would go
 * round for good.
 */
export function isAutomaticCycle(headers: FieldTable, queue: string): boolean {
  const deaths = deathsIn(headers) ?? [];
  const last = deaths.findIndex((entry) => nameIn(entry, 'queue') === queue);
  return last >= 0 && deaths.slice(0, last + 1).every(isAutomatic);
}

/** What is no death was put there by a client. */
function isAutomatic(entry: FieldValue): boolean {
  return entry.type === 'table' && nameIn(entry, 'reason') !== 'rejected';
}

/** Where a message was when it died: what is needed to bring it back. */
export interface DeathPlace {
  readonly queue: string;
  /** Where it had been published to. */
  readonly exchange: string;
  /** Its own one first, then those of its sender's choice. */
  readonly routingKeys: readonly string[];
}

/** Where the message died last; undefined: it has not died, or what tells of it is not what a broker has written. */
export function lastDeathPlace(headers: FieldTable): DeathPlace | undefined {
  const [last] = deathsIn(headers) ?? [];
  if (last?.type !== 'table') return undefined;
  const [queue, exchange] = [nameIn(last, 'queue'), nameIn(last, 'exchange')];
  const keys = last.value.get('routing-keys');
  if (typeof queue !== 'string' || typeof exchange !== 'string' || keys?.type !== 'array') return undefined;
  const routingKeys = keys.value.map(({ value }) => value);
  return routingKeys.every((key) => typeof key === 'string') && routingKeys.length > 0
    ? { queue, exchange, routingKeys }
    : undefined;
}
