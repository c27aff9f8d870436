/** How numbers, sizes and times are written. The same in all languages, but for the separators of numbers. */
const OCTET_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const NOTHING = '–';

/** By language and options. One takes longer to make than hundreds of numbers to write. */
const formats = new Map<string, Intl.NumberFormat>();

function written(value: number, language: string, options: Intl.NumberFormatOptions = {}): string {
  const key = `${language} ${JSON.stringify(options)}`;
  const format = formats.get(key) ?? new Intl.NumberFormat(language, options);
  formats.set(key, format);
  return format.format(value);
}

/** Whole numbers with separators. */
export function formatCount(count: number | undefined, language: string): string {
  return count === undefined ? NOTHING : written(count, language);
}

const MILLION = 1e6;

/** Whole numbers, shortened from a million on: `1.23M`. */
export function formatBriefly(count: number, language: string): string {
  if (count < MILLION) return formatCount(count, language);
  return written(count, language, { notation: 'compact', maximumFractionDigits: 2 });
}

/** Something a second: with one decimal while it is slow. */
export function formatRate(perSecond: number | undefined, language: string): string {
  if (perSecond === undefined) return NOTHING;
  const maximumFractionDigits = perSecond < 100 ? 1 : 0;
  return `${written(perSecond, language, { maximumFractionDigits })}/s`;
}

export function formatOctets(octets: number | undefined): string {
  if (octets === undefined) return NOTHING;
  let value = octets;
  let unit = 0;
  while (value >= 1024 && unit < OCTET_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${OCTET_UNITS[unit]}`;
}

/** A short time: milliseconds with two digits that count, seconds beyond a thousand. */
export function formatMilliseconds(durationMs: number | undefined, language: string): string {
  if (durationMs === undefined) return NOTHING;
  const [value, unit] = durationMs < 1000 ? [durationMs, 'ms'] : [durationMs / 1000, 's'];
  return `${written(value, language, { maximumSignificantDigits: 2 })} ${unit}`;
}

/** The two largest units of a time, such as `3 h 20 min`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000);
  const parts: readonly (readonly [count: number, unit: string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** Day and time where the reader is, as `2026-03-01 09:05:00`. */
export function formatMoment(timeMs: number): string {
  const { day, time } = localParts(timeMs);
  return `${day} ${time}`;
}

/** The time of the day where the reader is, as `09:05:00`. */
export function formatClock(timeMs: number): string {
  return localParts(timeMs).time;
}

function localParts(timeMs: number): { readonly day: string; readonly time: string } {
  const moment = new Date(timeMs);
  const joined = (parts: readonly number[], separator: string) =>
    parts.map((part) => String(part).padStart(2, '0')).join(separator);
  return {
    day: joined([moment.getFullYear(), moment.getMonth() + 1, moment.getDate()], '-'),
    time: joined([moment.getHours(), moment.getMinutes(), moment.getSeconds()], ':'),
  };
}

/** A value of an argument or property in one line. */
export function formatValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
