import { Pattern } from '../../pattern/pattern.ts';
import { PatternError } from '../../pattern/pattern-error.ts';
import { badRequest, HttpError } from '../http-error.ts';

/** The parameters in a request's address. */
export interface Query {
  readonly page?: QueryValue;
  readonly page_size?: QueryValue;
  readonly name?: QueryValue;
  readonly use_regex?: QueryValue;
  readonly sort?: QueryValue;
  readonly sort_reverse?: QueryValue;
  readonly columns?: QueryValue;
  readonly [name: string]: QueryValue;
}

type QueryValue = string | readonly string[] | undefined;

/** Which part of a list is asked for, and how. */
export interface ListQuery {
  readonly page: Page | undefined;
  /** Whether the item of the name is asked for; only with a page. */
  readonly matchesName: ((name: string) => boolean) | undefined;
  /** The field to sort by, with dots between what is in one another; undefined: the list's own order. */
  readonly sort: string | undefined;
  readonly isReversed: boolean;
  /** The fields asked for; undefined: all. */
  readonly columns: Columns | undefined;
}

export interface Page {
  /** From 1. */
  readonly number: number;
  readonly size: number;
}

/** Fields by name; undefined: all that is in it. */
export type Columns = ReadonlyMap<string, Columns | undefined>;

const DEFAULT_PAGE_SIZE = 100;
const LARGEST_PAGE_SIZE = 500;

/** @throws HttpError 400 */
export function readListQuery(query: Query): ListQuery {
  const page = readPage(query);
  return {
    page,
    matchesName: page === undefined ? undefined : readName(query),
    sort: single(query.sort),
    isReversed: single(query.sort_reverse) === 'true',
    columns: readColumns(query),
  };
}

/** The fields that are asked for. */
export function readColumns(query: Query): Columns | undefined {
  const text = single(query.columns);
  if (text === undefined) return undefined;
  const columns: NestedColumns = new Map();
  for (const path of text.split(',')) addColumn(columns, path.split('.'));
  return columns;
}

type NestedColumns = Map<string, NestedColumns | undefined>;

function addColumn(columns: NestedColumns, path: readonly string[]): void {
  let level = columns;
  for (const [index, name] of path.entries()) {
    if (level.has(name) && level.get(name) === undefined) return; // all of it is asked for
    if (index === path.length - 1) {
      level.set(name, undefined);
      return;
    }
    const inner: NestedColumns = level.get(name) ?? new Map();
    level.set(name, inner);
    level = inner;
  }
}

function readPage(query: Query): Page | undefined {
  const [page, size] = [single(query.page), single(query.page_size)];
  if (page === undefined) return undefined;
  const number = wholeNumber(page);
  const sizeNumber = size === undefined ? DEFAULT_PAGE_SIZE : wholeNumber(size);
  if (number < 1 || sizeNumber < 1 || sizeNumber > LARGEST_PAGE_SIZE) {
    const reason = `Invalid pagination parameters: page number ${number}, page size ${size ?? 'undefined'}`;
    throw new HttpError(400, 'invalid_pagination_parameters', reason);
  }
  return { number, size: sizeNumber };
}

function wholeNumber(text: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw invalid();
  return Number(text);
}

function readName(query: Query): ListQuery['matchesName'] {
  const name = single(query.name);
  if (name === undefined || name === '') return undefined;
  if (single(query.use_regex) !== 'true') {
    const wanted = name.toLowerCase();
    return (text) => text.toLowerCase().includes(wanted);
  }
  try {
    const pattern = new Pattern(name.startsWith('(?') ? name : `(?i)${name}`);
    return (text) => pattern.matches(text);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw invalid();
  }
}

function invalid(): HttpError {
  return badRequest('Pagination parameters are invalid');
}

/** A parameter that is given several times counts once. */
function single(value: QueryValue): string | undefined {
  return typeof value === 'object' ? value[0] : value;
}
