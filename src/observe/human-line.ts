import type pc from 'picocolors';

type Colors = ReturnType<typeof pc.createColors>;

interface Level {
  readonly name: string;
  readonly colour: 'gray' | 'blue' | 'green' | 'yellow' | 'red' | 'magenta';
}

const LEVELS: ReadonlyMap<unknown, Level> = new Map([
  [10, { name: 'TRACE', colour: 'gray' }],
  [20, { name: 'DEBUG', colour: 'blue' }],
  [30, { name: 'INFO ', colour: 'green' }],
  [40, { name: 'WARN ', colour: 'yellow' }],
  [50, { name: 'ERROR', colour: 'red' }],
  [60, { name: 'FATAL', colour: 'magenta' }],
]);

const UNKNOWN_LEVEL: Level = { name: '     ', colour: 'gray' };

/**
 * Turns one event, as pino's JSON, into a line for a person: `12:03:04 INFO  text key=value`, with the stack of an
 * error below it. Names that clients chose cannot forge lines or colours: control characters come out escaped.
 */
export function humanLine(json: string, colors: Colors): string {
  const { time, level, msg, err, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const { name, colour } = LEVELS.get(level) ?? UNKNOWN_LEVEL;
  const parts = [colors.dim(clock(time)), colors[colour](name), escaped(String(msg ?? ''))];
  for (const [key, value] of Object.entries(fields)) parts.push(`${colors.dim(`${key}=`)}${fieldValue(value)}`);
  return `${parts.join(' ')}\n${errorLines(err)}`;
}

/** Local wall-clock time, to the second. */
function clock(time: unknown): string {
  return new Date(Number(time)).toTimeString().slice(0, 8);
}

function fieldValue(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[^\s"=\p{Cc}]+$/u.test(value) ? value : escaped(JSON.stringify(value));
}

function escaped(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function errorLines(err: unknown): string {
  if (typeof err !== 'object' || err === null || !('stack' in err)) return '';
  return String(err.stack)
    .split('\n')
    .map((line) => `    ${escaped(line.trim())}\n`)
    .join('');
}
