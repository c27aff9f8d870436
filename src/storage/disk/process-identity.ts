import { readFileSync } from 'node:fs';

/** A process, told from those that have had the same id before and will have it after it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** The machine's start and the process's, where the system says so: a pid alone is given again, in containers at once. */
  readonly started: string | undefined;
}

/** Fields of /proc/PID/stat, counted from the state, which follows the command's closing parenthesis. */
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;
/** Ended, though its parent has not asked for its status yet. */
const ENDED_STATES: readonly (string | undefined)[] = ['Z', 'X'];

/** Undefined: there is no such process, as far as this system can tell. */
export function identify(pid: number): ProcessIdentity | undefined {
  const bootId = readIfThere('/proc/sys/kernel/random/boot_id')?.trim();
  if (bootId === undefined) return exists(pid) ? { pid, started: undefined } : undefined;
  const stat = readIfThere(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined || ENDED_STATES.includes(fields[STATE_FIELD])) return undefined;
  return { pid, started: `${bootId}/${fields[START_TIME_FIELD]}` };
}

/** Whether the process still runs. */
export function isRunning({ pid, started }: ProcessIdentity): boolean {
  const now = identify(pid);
  return now !== undefined && now.started === started;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
