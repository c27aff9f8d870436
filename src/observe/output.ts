import pc from 'picocolors';
import { pino } from 'pino';
import type { LogFormat, LogLevel } from '../config/options.ts';
import { humanLine } from './human-line.ts';
import { LineOutput } from './line-output.ts';
import { isHumanFormat } from './log-format.ts';
import type { Logger } from './logger.ts';

const STANDARD_OUTPUT = 1;

/** All loggers of a process write through one buffer, or their lines would get into each other. */
const output = new LineOutput(STANDARD_OUTPUT);

/** A logger on standard output. */
export function createOutputLogger(level: LogLevel, format: LogFormat): Logger {
  if (!isHumanFormat(format)) return pino({ level }, output);
  return pino({ level, base: null }, { write: (line) => output.write(humanLine(line, pc)) });
}
