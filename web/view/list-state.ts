/** Which part of a list is shown, and in which order. */
export interface ListState {
  /** From 1. */
  readonly page: number;
  readonly filter: string;
  /** A field of the API; undefined: in the list's own order. */
  readonly sort: string | undefined;
  readonly isReversed: boolean;
}

export const PAGE_SIZE = 50;

export const FIRST_PAGE: ListState = { page: 1, filter: '', sort: undefined, isReversed: false };

/** The API's parameters for it. */
export function listQuery({ page, filter, sort, isReversed }: ListState, columns?: readonly string[]): string {
  const parameters = new URLSearchParams({ page: String(page), page_size: String(PAGE_SIZE) });
  if (filter !== '') parameters.set('name', filter);
  if (sort !== undefined) parameters.set('sort', sort);
  if (isReversed) parameters.set('sort_reverse', 'true');
  if (columns !== undefined) parameters.set('columns', columns.join(','));
  return `?${parameters}`;
}

/** What a click on a column's head asks for: by it, the other way round, and the list's own order again. */
export function sortedBy(state: ListState, field: string, isLargestFirst: boolean): ListState {
  if (state.sort !== field) return { ...state, page: 1, sort: field, isReversed: isLargestFirst };
  if (state.isReversed === isLargestFirst) return { ...state, page: 1, isReversed: !isLargestFirst };
  return { ...state, page: 1, sort: undefined, isReversed: false };
}

export function filteredBy(state: ListState, filter: string): ListState {
  return { ...state, page: 1, filter };
}
