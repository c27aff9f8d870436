import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Page } from '../api/answers.ts';
import { useApp } from '../shell/app-context.ts';
import { type Column, DataTable } from './data-table.tsx';
import { Failure } from './failure.tsx';
import { FilterInput } from './filter-input.tsx';
import { formatCount } from './format.ts';
import { FIRST_PAGE, filteredBy, type ListState, listQuery, sortedBy } from './list-state.ts';
import { Pager } from './pager.tsx';
import { usePoll } from './use-poll.ts';

interface PagedTableProps<Row> {
  /** The list of the API. */
  readonly path: string;
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  /** Without names there is nothing to filter by. */
  readonly hasFilter?: boolean;
  /** The fields that are shown; undefined: ask for all. */
  readonly fields?: readonly string[];
  /** Buttons beside the filter. */
  readonly actions?: ComponentChildren;
}

/** A list of the API, of which one page at a time is asked for. */
export function PagedTable<Row>({ path, columns, rowKey, hasFilter = false, fields, actions }: PagedTableProps<Row>) {
  const { texts, language } = useApp();
  const [state, setState] = useState<ListState>(FIRST_PAGE);
  const { data, error } = usePoll<Page<Row>>(path + listQuery(state, fields));
  const shown = useLast(data, path);
  const isBeyondEnd = error?.code === 'page_out_of_range';
  useEffect(() => {
    if (isBeyondEnd) setState((before) => ({ ...before, page: 1 }));
  }, [isBeyondEnd]);
  const onSort = ({ sort, isNumber = false }: Column<Row>) => setState(sortedBy(state, sort!, isNumber));
  const counted = (count: number) => formatCount(count, language);
  return (
    <>
      {(hasFilter || actions !== undefined) && (
        <div class="toolbar">
          {hasFilter && <FilterInput onChange={(filter) => setState((before) => filteredBy(before, filter))} />}
          {hasFilter && shown !== undefined && (
            <span class="hint">{texts.countOf(counted(shown.filtered_count), counted(shown.total_count))}</span>
          )}
          <span class="buttons end">{actions}</span>
        </div>
      )}
      {error !== undefined && !isBeyondEnd && <Failure error={error} />}
      {shown === undefined && error === undefined && <p class="empty loading">{texts.loading}</p>}
      {shown !== undefined && shown.items.length === 0 && (
        <p class="empty">{state.filter === '' ? texts.nothingHere : texts.nothingMatches}</p>
      )}
      {shown !== undefined && shown.items.length > 0 && (
        <DataTable columns={columns} rows={shown.items} rowKey={rowKey} order={{ state, onSort }} />
      )}
      {shown !== undefined && (
        <Pager page={state.page} pageCount={shown.page_count} onChange={(page) => setState({ ...state, page })} />
      )}
    </>
  );
}

/** The last answer, too, while the next is awaited: a table does not flicker when it is sorted. */
function useLast<T>(data: T | undefined, path: string): T | undefined {
  const [last, setLast] = useState<{ readonly data: T; readonly path: string }>();
  useEffect(() => {
    if (data !== undefined) setLast({ data, path });
  }, [data, path]);
  return data ?? (last?.path === path ? last.data : undefined);
}
