import { onViolation } from './invariants.ts';
import type { Logger } from './logger.ts';

/** At most one line in so long, however many violations there are. */
const INTERVAL_MS = 10_000;

/** Logs violations of invariants, with the number of those that were not; returns how to stop that. */
export function logViolations(log: Logger): () => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  let unlogged = 0;
  return onViolation((violation) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < INTERVAL_MS) {
      unlogged++;
      return;
    }
    log.error({ err: violation, unlogged }, 'an invariant does not hold: please report this as a bug');
    lastMs = nowMs;
    unlogged = 0;
  });
}
