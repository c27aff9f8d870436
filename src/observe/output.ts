import pc from 'picocolors';
import { type DestinationStream, destination, pino } from 'pino';
import type { LogFormat, LogLevel } from '../config/options.ts';
import { humanLine } from './human-line.ts';
import { isHumanFormat } from './log-format.ts';
import type { Logger } from './logger.ts';

/** Lines are dropped once this much is waiting for a reader that does not read. */
const UNWRITTEN_LIMIT_OCTETS = 16 * 2 ** 20;

const STANDARD_OUTPUT = 1;

/** A logger on standard output. */
export function createOutputLogger(level: LogLevel, format: LogFormat): Logger {
  const output = standardOutput();
  if (!isHumanFormat(format)) return pino({ level }, output);
  const human: DestinationStream = { write: (line) => output.write(humanLine(line, pc)) };
  return pino({ level, base: null }, human);
}

/**
 * Writes behind the broker's back: a slow reader of the log must not hold up messages. What is left is written when
 * the process ends, however it ends short of a kill.
 */
function standardOutput(): ReturnType<typeof destination> {
  const output = destination({ fd: STANDARD_OUTPUT, sync: false, maxLength: UNWRITTEN_LIMIT_OCTETS });
  // A full disk or a reader that has gone costs the log its lines, not the broker its life.
  output.on('error', () => {});
  return output;
}
