import { constants } from 'node:os';

export const DISK_OPERATIONS = [
  'open',
  'create',
  'read',
  'write',
  'preallocate',
  'truncate',
  'sync',
  'rename',
  'remove',
] as const;

export type DiskOperation = (typeof DISK_OPERATIONS)[number];

/** A way in which a disk fails. */
export interface Fault {
  readonly on: DiskOperation;
  readonly code: 'EIO' | 'ENOSPC' | 'EMFILE';
  /** Only there. Default: everywhere. */
  readonly path?: RegExp;
  /** Which of the calls it fits fail; they are counted from 1. Default: all. */
  readonly when?: (call: number) => boolean;
  /** How much of a write, or of a sync's sectors, gets done all the same: 0, which is the default, to 1. */
  readonly doneShare?: number;
}

/** The faults that a disk is to have. */
export class DiskFaults {
  /** How many calls have failed. */
  struckCount = 0;
  private readonly planned: { readonly fault: Fault; calls: number }[] = [];

  plan(...faults: Fault[]): void {
    for (const fault of faults) this.planned.push({ fault, calls: 0 });
  }

  /** From now on the disk is in order. */
  clear(): void {
    this.planned.length = 0;
  }

  /** The fault that this call meets with, if any. */
  strike(on: DiskOperation, path: string): Fault | undefined {
    let struck: Fault | undefined;
    for (const plan of this.planned) {
      const { fault } = plan;
      if (fault.on !== on || fault.path?.test(path) === false) continue;
      plan.calls++;
      if (fault.when?.(plan.calls) !== false) struck ??= fault;
    }
    if (struck !== undefined) this.struckCount++;
    return struck;
  }

  /** @throws the planned error, if this call meets with one */
  check(on: DiskOperation, path: string): void {
    const fault = this.strike(on, path);
    if (fault !== undefined) throw diskError(fault.code, on, path);
  }
}

/** An error as the system's are. */
export function diskError(code: keyof typeof constants.errno, call: string, path: string): NodeJS.ErrnoException {
  const message = `${code}: ${call} '${path}' on a simulated disk`;
  return Object.assign(new Error(message), { code, errno: -constants.errno[code], syscall: call, path });
}
