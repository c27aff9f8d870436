/** A column: what stands above it, and to which side its cells keep. */
export interface Column {
  readonly title: string;
  readonly side?: 'left' | 'right';
}

const GAP = '  ';

/** Lines of a table, columns in line, the titles first. A title is styled when it has its width. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  styleTitle: (title: string) => string,
): string[] {
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (columns[i]!.side === 'right' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join(GAP)
      .trimEnd();
  return [styleTitle(line(columns.map(({ title }) => title))), ...rows.map(line)];
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
