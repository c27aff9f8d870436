import { InvariantViolation, reportViolation } from '../observe/invariants.ts';
import type { Logger } from '../observe/log.ts';

const STATUS_CRASH = 1;

/**
 * Ends the process when it comes upon an error nobody handles: its state is not to be trusted any more. Not for a violated
 * invariant: that was found before it could do harm, and has ended what came upon it.
 */
export function exitOnCrash(log: Logger): void {
  const crash = (err: unknown, origin: string): void => {
    if (err instanceof InvariantViolation) {
      reportViolation(err);
      return;
    }
    if (log.isLevelEnabled('fatal')) log.fatal({ err, origin }, 'an error nobody handles: this is a bug in Leveret');
    else process.stderr.write(`leveret: ${err instanceof Error ? err.stack : String(err)}\n`);
    process.exit(STATUS_CRASH);
  };
  process.on('uncaughtException', crash);
}
