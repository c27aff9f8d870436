import diagnostics from 'node:diagnostics_channel';

/** Something is as it can be only if the code is wrong. Where it stops an operation it is thrown, and answered with 541. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/** Violations that were noticed where there is no operation to stop. In tests they are failures. */
const VIOLATIONS = diagnostics.channel('leveret:invariant-violation');

export function reportViolation(violation: InvariantViolation): void {
  VIOLATIONS.publish(violation);
}

/** Reports an exception that only a defect explains, where there is nobody to be answered with it. @param where what the broker did */
export function reportDefect(error: unknown, where: string): void {
  if (error instanceof InvariantViolation) reportViolation(error);
  else reportViolation(new InvariantViolation(`${where}: ${String(error)}`, { cause: error }));
}

/** Calls the listener with each violation that is reported in this process; returns how to stop that. */
export function onViolation(listener: (violation: InvariantViolation) => void): () => void {
  const hear = (violation: unknown) => listener(violation as InvariantViolation);
  VIOLATIONS.subscribe(hear);
  return () => VIOLATIONS.unsubscribe(hear);
}
