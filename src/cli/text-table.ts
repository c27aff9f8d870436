import { cellCount, fitted } from './visible-text.ts';

/** A column: what stands above it, and to which side its cells keep. */
export interface Column {
  readonly title: string;
  readonly side?: 'left' | 'right';
}

const GAP = '  ';
/** A column is not made narrower than this to make a table fit. */
const NARROWEST_CELLS = 8;

/**
 * Lines of a table, columns in line, the titles first. A title is styled when it has its width.
 * @param widthCells how wide a line may be: then the widest columns of text are cut; without it, nothing is
 */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  styleTitle: (title: string) => string,
  widthCells: number = Number.POSITIVE_INFINITY,
): string[] {
  const natural = columns.map(({ title }, i) => rows.reduce((w, row) => Math.max(w, cellCount(row[i]!)), title.length));
  const widths = fittedWidths(columns, natural, widthCells);
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, i) => padTo(fitted(cell, widths[i]!), widths[i]!, columns[i]!.side));
    return padded.join(GAP).trimEnd();
  };
  return [styleTitle(line(columns.map(({ title }) => title))), ...rows.map(line)];
}

function padTo(text: string, cells: number, side: Column['side']): string {
  const padding = ' '.repeat(cells - cellCount(text));
  return side === 'right' ? padding + text : text + padding;
}

/** Takes a cell from the widest column of text, again and again, until all fit or none has any to spare. Numbers stay. */
function fittedWidths(columns: readonly Column[], natural: readonly number[], limit: number): number[] {
  const widths = [...natural];
  const texts = columns.flatMap(({ side }, i) => (side === 'right' ? [] : [i]));
  let excess = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - limit;
  for (; excess > 0 && texts.length > 0; excess--) {
    const widest = texts.reduce((best, i) => (widths[i]! >= widths[best]! ? i : best), texts[0]!);
    if (widths[widest]! <= NARROWEST_CELLS) break;
    widths[widest]!--;
  }
  return widths;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A number of octets for people: `12.3 MiB`. */
export function humanOctets(octets: number): string {
  let unit = 0;
  let value = octets;
  for (; value >= 1023.95 && unit < UNITS.length - 1; unit++) value /= 1024; // 1023.95 would be rounded to 1024.0
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A number for people: `1,234,567`. */
export function humanCount(count: number): string {
  return count.toLocaleString('en');
}
