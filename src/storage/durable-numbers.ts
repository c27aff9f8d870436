import type { DefinitionsLog } from './definitions/definitions-log.ts';
import type { DefinitionsTable } from './definitions/definitions-table.ts';
import { NumbersUsedUpError } from './numbers-used-up-error.ts';

const KIND = 'counter';
/** So many are taken at a time: a restart skips what is left of them. */
const BLOCK = 4096;
const MAX_NUMBER = 2 ** 31 - 1;

/**
 * Numbers from 1 to 2^31-1, each given once in a data directory's life. That some may have been given is on disk before
 * the first of them is: so not even a crash lets one be given twice.
 */
export class DurableNumbers {
  private readonly log: DefinitionsLog;
  private readonly name: string;
  private nextNumber: number;
  private reservedEnd: number;

  /** @param name what the numbers are for */
  constructor(log: DefinitionsLog, name: string) {
    this.log = log;
    this.name = name;
    this.nextNumber = this.reservedEnd = reservedEndOf(log, name);
  }

  /** Whether the number may have been given in the data directory's life. */
  mayHaveGiven(number: number): boolean {
    return number < this.reservedEnd;
  }

  /** @throws the system's error if no more can be reserved; NumbersUsedUpError */
  next(): number {
    if (this.nextNumber > MAX_NUMBER) throw new NumbersUsedUpError(`durable ${this.name}`);
    if (this.nextNumber === this.reservedEnd) {
      const end = Math.min(this.reservedEnd + BLOCK, MAX_NUMBER + 1);
      this.log.put(KIND, [this.name], end);
      this.log.syncNow();
      this.reservedEnd = end;
    }
    return this.nextNumber++;
  }
}

/** Numbers below this may have been given. */
export function reservedEndOf(definitions: Pick<DefinitionsTable, 'definitions'>, name: string): number {
  const [last] = [...definitions.definitions(KIND)].filter(({ key }) => key[0] === name);
  return last === undefined ? 1 : Number(last.value);
}
