import type { LogFormat, LogLevel } from '../config/options.ts';
import { type Logger, SILENT_LOGGER } from './logger.ts';
import type { RecentLog } from './recent-log.ts';

export type { LogFields, Logger } from './logger.ts';
export { SILENT_LOGGER } from './logger.ts';

/**
 * A logger that writes events of `level` and above to standard output. When silent, nothing is loaded and no stream
 * is opened: an embedded broker costs its host nothing for logs it does not want.
 *
 * @param recent where events are kept, too
 */
export async function createLogger(level: LogLevel, format: LogFormat = 'auto', recent?: RecentLog): Promise<Logger> {
  if (level === 'silent') return SILENT_LOGGER;
  const { createOutputLogger } = await import('./output.ts');
  return createOutputLogger(level, format, recent);
}

/** The same for events that nobody is to read on standard output, since they are told there in other words. */
export async function createKeptLogger(level: LogLevel, recent: RecentLog | undefined): Promise<Logger> {
  if (level === 'silent' || recent === undefined) return SILENT_LOGGER;
  const { createKeepingLogger } = await import('./output.ts');
  return createKeepingLogger(level, recent);
}
