import diagnostics from 'node:diagnostics_channel';

/** Something is as it can be only if the code is wrong. Where it stops an operation it is thrown, and answered with 541. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
  /** Whoever hears of it has done so: it may be found again on its way up. */
  isReported = false;
}

/** Violations that were noticed where there is no operation to stop. In tests they are failures. */
const VIOLATIONS = diagnostics.channel('leveret:invariant-violation');

export function reportViolation(violation: InvariantViolation): void {
  if (violation.isReported) return;
  violation.isReported = true;
  VIOLATIONS.publish(violation);
}

/** Reports an exception that only a defect explains, where there is nobody to be answered with it. @param where what the broker did */
export function reportDefect(error: unknown, where: string): void {
  if (error instanceof InvariantViolation) reportViolation(error);
  else reportViolation(new InvariantViolation(`${where}: ${String(error)}`, { cause: error }));
}

/**
 * Reports a violation and ends the operation that came upon it. Checks call this in a branch of their own: they are small
 * enough to be inlined, and cost a comparison.
 */
export function violated(what: string): never {
  const violation = new InvariantViolation(what);
  reportViolation(violation);
  throw violation;
}

/**
 * For what no peer has asked for just now: a timer's callback, or one of several tasks at the end of a turn. A violation ends
 * that alone, not the process and not the tasks after it. Throws every other error again.
 */
export function confineViolation(error: unknown): void {
  if (!(error instanceof InvariantViolation)) throw error;
  reportViolation(error);
}

/** Calls the listener with each violation that is reported in this process; returns how to stop that. */
export function onViolation(listener: (violation: InvariantViolation) => void): () => void {
  const hear = (violation: unknown) => listener(violation as InvariantViolation);
  VIOLATIONS.subscribe(hear);
  return () => VIOLATIONS.unsubscribe(hear);
}
