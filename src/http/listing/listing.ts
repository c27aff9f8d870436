import { Readable } from 'node:stream';
import { stringifyJson } from '../../json/exact-json.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import { TimeSlices } from '../../time/time-slices.ts';
import { HttpError } from '../http-error.ts';
import { type JsonObject, pick, valueAt } from './columns.ts';
import type { ListQuery } from './list-query.ts';
import { sortInSlices } from './sort-in-slices.ts';

type View<T = unknown> = (item: T) => JsonObject;

/** A list that a request asks for: what is in it, and how each item is shown. */
export class Listing {
  readonly items: Iterable<unknown>;
  readonly view: View;
  readonly order: readonly string[];
  readonly brief: View;

  constructor(items: Iterable<unknown>, view: View, order: readonly string[], brief: View) {
    this.items = items;
    this.view = view;
    this.order = order;
    this.brief = brief;
  }
}

/**
 * @param view shows an item. It is called before the list is sorted, and once more when it is sent: by then the item may be
 *   gone.
 * @param order the fields that it is sorted by, unless the request says otherwise; none: as it is
 * @param brief shows no more of an item than its name and those fields: where there are very many, and few are sent
 */
export function listing<T>(
  items: Iterable<T>,
  view: View<T>,
  order: readonly string[] = [],
  brief: View<T> = view,
): Listing {
  return new Listing(items, view as View, order, brief as View);
}

interface Entry {
  readonly item: unknown;
  readonly keys: readonly (Json | undefined)[];
}

/** Chunks are sent when there are so many characters. */
export const CHUNK_LENGTH = 32 * 1024;

/**
 * The list as JSON, made in slices of time and as fast as it is read, since there may be very many queues.
 *
 * @throws HttpError 400 if there is no such page
 */
export async function listReply(listing: Listing, query: ListQuery): Promise<Readable> {
  const slices = new TimeSlices();
  const paths = [...(query.sort === undefined ? [] : [query.sort]), ...listing.order].map((path) => path.split('.'));
  const { entries, totalCount } = await gather(listing, paths, query, slices);
  const sorted = paths.length === 0 ? entries : await sortInSlices(entries, compareEntries, slices);
  if (query.isReversed) sorted.reverse();
  const { page } = query;
  if (page === undefined) return Readable.from(jsonArray(sorted, listing, query, slices));
  return Readable.from(jsonPage(sorted, totalCount, listing, { ...query, page }, slices));
}

async function gather(
  { items, view, brief, order }: Listing,
  paths: readonly (readonly string[])[],
  { matchesName, sort }: ListQuery,
  slices: TimeSlices,
): Promise<{ entries: Entry[]; totalCount: number }> {
  const entries: Entry[] = [];
  const show = sort === undefined || order.includes(sort) ? brief : view;
  // a pattern may need milliseconds for a name
  const isOver = () => (matchesName === undefined ? slices.isOver : slices.isOverNow);
  let totalCount = 0;
  for (const item of items) {
    totalCount++;
    const shown = show(item);
    const { name = '' } = shown;
    const isWanted = matchesName === undefined || matchesName(String(name));
    if (isWanted) entries.push({ item, keys: paths.map((path) => valueAt(shown, path)) });
    if (isOver()) await slices.next();
  }
  return { entries, totalCount };
}

function compareEntries(a: Entry, b: Entry): number {
  for (const [index, key] of a.keys.entries()) {
    const order = compareValues(key, b.keys[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** As RabbitMQ has it: what is not there comes first, then numbers, then texts, then the rest. */
function compareValues(a: Json | undefined, b: Json | undefined): number {
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  if (typeof a === 'number') return a - (b as number);
  const [left, right] = typeof a === 'string' ? [a, b as string] : [stringifyJson(a), stringifyJson(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}

function rankOf(value: Json | undefined): number {
  if (value === undefined || value === null) return 0;
  return typeof value === 'number' ? 1 : typeof value === 'string' ? 2 : 3;
}

async function* jsonArray(
  entries: readonly Entry[],
  { view }: Listing,
  { columns }: ListQuery,
  slices: TimeSlices,
): AsyncGenerator<string> {
  let chunk = '[';
  for (const [index, { item }] of entries.entries()) {
    chunk += `${index === 0 ? '' : ','}${stringifyJson(pick(view(item), columns))}`;
    if (chunk.length >= CHUNK_LENGTH) {
      yield chunk;
      chunk = '';
    }
    if (slices.isOver) await slices.next();
  }
  yield `${chunk}]`;
}

/** @throws HttpError 400 if there is no such page */
function jsonPage(
  entries: readonly Entry[],
  totalCount: number,
  listing: Listing,
  query: ListQuery & { readonly page: NonNullable<ListQuery['page']> },
  slices: TimeSlices,
): AsyncGenerator<string> {
  const { number, size } = query.page;
  const filteredCount = entries.length;
  const start = (number - 1) * size;
  if (number > 1 && start >= filteredCount) {
    const reason = `Page out of range, page: ${number} page size: ${size}, len: ${filteredCount}`;
    throw new HttpError(400, 'page_out_of_range', reason);
  }
  const onPage = entries.slice(start, start + size);
  const head = {
    filtered_count: filteredCount,
    item_count: onPage.length,
    page: number,
    page_count: Math.ceil(filteredCount / size),
    page_size: size,
    total_count: totalCount,
  };
  return wrapped(stringifyJson(head).slice(0, -1), jsonArray(onPage, listing, query, slices));
}

async function* wrapped(head: string, items: AsyncIterable<string>): AsyncGenerator<string> {
  yield `${head},"items":`;
  yield* items;
  yield '}';
}
