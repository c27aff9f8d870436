import type { Logger } from '../observe/log.ts';

const STATUS_CRASH = 1;

/** Ends the process when it comes upon an error nobody handles: its state is not to be trusted any more. */
export function exitOnCrash(log: Logger): void {
  const crash = (err: unknown, origin: string): void => {
    if (log.isLevelEnabled('fatal')) log.fatal({ err, origin }, 'an error nobody handles: this is a bug in Leveret');
    else process.stderr.write(`leveret: ${err instanceof Error ? err.stack : String(err)}\n`);
    process.exit(STATUS_CRASH);
  };
  process.on('uncaughtException', crash);
}
