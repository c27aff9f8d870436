import type { Column } from './data-table.tsx';

/** What can be done with a row. */
export interface RowAction<Row> {
  readonly label: string;
  readonly run: (row: Row) => void;
}

/** A last column with buttons. */
export function buttonColumn<Row>(...actions: readonly RowAction<Row>[]): Column<Row> {
  return {
    title: '',
    isNumber: true,
    cell: (row) => (
      <span class="buttons end">
        {actions.map(({ label, run }) => (
          <button key={label} type="button" class="quiet" onClick={() => run(row)}>
            {label}
          </button>
        ))}
      </span>
    ),
  };
}
