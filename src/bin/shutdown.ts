import { constants } from 'node:os';
import type { Logger } from '../observe/log.ts';

type StopSignal = 'SIGINT' | 'SIGTERM';

/** What this needs of the process, and what a test gives it instead. */
export interface SignalHost {
  on(signal: StopSignal | 'SIGHUP', handler: (signal: StopSignal) => void): unknown;
  exit(status: number): void;
  exitCode?: number | string | null | undefined;
}

/**
 * A signal this soon after the first is the same wish told twice: on Ctrl-C under npm, the terminal signals every
 * process, and npm passes its own signal on.
 */
const SAME_WISH_MS = 200;

/** The process ends by itself once its last lines are written; what else might hold it is waited for no longer. */
const LAST_WORDS_MS = 1000;

const SIGNAL_STATUS_BASE = 128;

/** Service managers and log rotation send SIGHUP to have files opened anew. There are none, so it is only noted. */
export function surviveHangUp(log: Logger, host: Pick<SignalHost, 'on'> = process): void {
  host.on('SIGHUP', () => log.info({ signal: 'SIGHUP' }, 'hang-up ignored: there is nothing to reload'));
}

/**
 * Makes SIGTERM and SIGINT close the broker and exit with status 0. Who signals again while it closes does not want to
 * wait: the process exits at once, with the status shells give to a process ended by that signal.
 */
export function stopOnSignals(
  close: () => Promise<void>,
  log: Logger,
  host: SignalHost = process,
  nowMs: () => number = () => performance.now(),
): void {
  let stoppingSinceMs: number | undefined;

  const stop = async (signal: StopSignal): Promise<void> => {
    if (stoppingSinceMs !== undefined) {
      if (nowMs() - stoppingSinceMs >= SAME_WISH_MS) host.exit(SIGNAL_STATUS_BASE + constants.signals[signal]);
      return;
    }
    stoppingSinceMs = nowMs();
    log.info({ signal }, 'stopping');
    await close();
    log.info('stopped');
    host.exitCode = 0;
    setTimeout(() => host.exit(0), LAST_WORDS_MS).unref();
  };

  host.on('SIGINT', stop);
  host.on('SIGTERM', stop);
}
