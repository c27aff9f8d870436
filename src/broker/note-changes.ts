import type { Change } from '../storage/definitions/definition-line.ts';
import type { DefinitionsLog, WriteOptions } from '../storage/definitions/definitions-log.ts';
import { directoryFailure } from './directory-failure.ts';

/**
 * Has the changes survive a restart, together, where anything does.
 *
 * @param log undefined: nothing survives a restart
 * @throws AmqpError if they can't be noted: then nothing has changed
 */
export function noteChanges(log: DefinitionsLog | undefined, changes: readonly Change[], options?: WriteOptions): void {
  if (changes.length === 0) return;
  try {
    log?.write(changes, options);
  } catch (error) {
    throw directoryFailure(error);
  }
}
