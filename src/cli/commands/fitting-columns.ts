import { cellCount } from '../visible-text.ts';
import type { ListColumn } from './list-kinds.ts';

const GAP_CELLS = 2;
/** What a text is cut to before a column is left out. */
const READABLE_CELLS = 24;
/** Where a thing is, and its name. */
const FEWEST_COLUMNS = 2;

/**
 * The columns that there is room for while names can be read: those with nothing in them are left out first, then those
 * at the right. Returns their indices.
 */
export function fittingColumns(
  columns: readonly ListColumn[],
  rows: readonly (readonly string[])[],
  widthCells: number,
): number[] {
  const widths = columns.map(({ title, side }, i) => {
    const natural = rows.reduce((width, row) => Math.max(width, cellCount(row[i]!)), title.length);
    return side === 'right' ? natural : Math.min(natural, Math.max(READABLE_CELLS, title.length));
  });
  const isEmpty = (index: number) => rows.every((row) => row[index] === '');
  const kept = columns.map((_, index) => index);
  const total = () => kept.reduce((sum, index) => sum + widths[index]! + GAP_CELLS, -GAP_CELLS);
  while (total() > widthCells && kept.length > FEWEST_COLUMNS) {
    const empty = kept.findLastIndex(isEmpty);
    kept.splice(empty < FEWEST_COLUMNS ? kept.length - 1 : empty, 1);
  }
  return kept;
}
