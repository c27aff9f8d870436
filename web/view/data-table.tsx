import type { ComponentChildren } from 'preact';
import type { ListState } from './list-state.ts';

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** The field of the API that it can be sorted by. */
  readonly sort?: string;
  /** Numbers stand at the right, and the largest come first. */
  readonly isNumber?: boolean;
  /** A word or two out of few, which are not broken. */
  readonly isShort?: boolean;
  /** Left out where there is little room. */
  readonly isMinor?: boolean;
}

interface DataTableProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** What it is sorted by, with what to do when a head is clicked. */
  readonly order?: { readonly state: ListState; readonly onSort: (column: Column<Row>) => void };
}

export function DataTable<Row>({ columns, rows, rowKey, order }: DataTableProps<Row>) {
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.title} column={column} order={order} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.title} class={classOf(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps<Row> {
  readonly column: Column<Row>;
  readonly order: DataTableProps<Row>['order'];
}

function Head<Row>({ column, order }: HeadProps<Row>) {
  if (column.sort === undefined || order === undefined) {
    return (
      <th scope="col" class={classOf(column)}>
        {column.title}
      </th>
    );
  }
  const isSorted = order.state.sort === column.sort;
  const direction = order.state.isReversed ? 'descending' : 'ascending';
  return (
    <th scope="col" class={classOf(column)} aria-sort={isSorted ? direction : 'none'}>
      <button type="button" class="sort" onClick={() => order.onSort(column)}>
        {column.title}
      </button>
    </th>
  );
}

function classOf<Row>({ isNumber, isShort, isMinor }: Column<Row>): string {
  return [isNumber && 'number', isShort && 'short', isMinor && 'minor'].filter(Boolean).join(' ');
}
