import pc from 'picocolors';
import { pino } from 'pino';
import type { LogFormat, LogLevel } from '../config/options.ts';
import { humanLine } from './human-line.ts';
import { LineOutput } from './line-output.ts';
import { isHumanFormat } from './log-format.ts';
import type { Logger } from './logger.ts';
import type { RecentLog } from './recent-log.ts';

const STANDARD_OUTPUT = 1;

/** All loggers of a process write through one buffer, or their lines would get into each other. */
const output = new LineOutput(STANDARD_OUTPUT);

/** A logger on standard output. @param recent where its events are kept, too; undefined: nowhere */
export function createOutputLogger(level: LogLevel, format: LogFormat, recent: RecentLog | undefined): Logger {
  const isHuman = isHumanFormat(format);
  const print = isHuman ? (line: string) => output.write(humanLine(line, pc)) : (line: string) => output.write(line);
  const write = (line: string) => {
    recent?.write(line);
    print(line);
  };
  return pino(isHuman ? { level, base: null } : { level }, { write });
}

/** A logger whose events are kept, and written nowhere. */
export function createKeepingLogger(level: LogLevel, recent: RecentLog): Logger {
  return pino({ level, base: null }, recent);
}
