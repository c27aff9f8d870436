import type { LogFormat } from '../config/options.ts';

/** Whether logs are to be read by a person: the format says so, or leaves it to whether this is a terminal. */
export function isHumanFormat(format: LogFormat): boolean {
  return format === 'human' || (format === 'auto' && process.stdout.isTTY === true);
}
