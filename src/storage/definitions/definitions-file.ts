import { DataDirectoryError } from '../disk/data-directory-error.ts';
import { type DefinitionLine, decodeLine, endOfLine } from './definition-line.ts';

const NUL = 0;

/** What a definitions log holds. */
export interface DefinitionsFile {
  /** The texts of its lines, in order. */
  readonly texts: readonly string[];
  /** Where they end: what follows was never committed. */
  readonly soundOctets: number;
}

interface BadLine {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/** A line was damaged after it had been committed. */
export class DamagedDefinitionsError extends DataDirectoryError {
  readonly offset: number;
  readonly sizeOctets: number;

  constructor(path: string, { number, start, end }: BadLine) {
    super(
      `${path} is damaged in line ${number}`,
      'restore it from a backup, or delete that line if what it defines can be declared anew',
    );
    this.offset = start;
    this.sizeOctets = end - start;
  }
}

/**
 * Reads the lines of a definitions log, up to where a crash has left it.
 *
 * A crash leaves behind what was being written: a line that ends too early, or, where the power went, stretches of zeros
 * with or without later lines behind them. That is a tail, to be cut. Anything else that can't be read was committed and
 * is damaged since: to go on without it would drop what it defines, and a queue's messages with the queue.
 *
 * @param path how to call the file @throws DamagedDefinitionsError
 */
export function readDefinitionsFile(octets: Buffer, path: string): DefinitionsFile {
  const texts: string[] = [];
  let bad: BadLine | undefined;
  let lastSoundStart = -1;
  let committedOctets = 0;
  for (let start = 0, number = 1; start < octets.length; number++) {
    const end = endOfLine(octets, start);
    const line: DefinitionLine | undefined = decodeLine(octets, start, end);
    if (line === undefined) bad ??= { number, start, end };
    else {
      lastSoundStart = start;
      committedOctets = Math.max(committedOctets, line.committedOctets);
      if (bad === undefined) texts.push(line.text);
    }
    start = end;
  }
  if (texts.length === 0) {
    // Not a tail: the first line is written before the file gets its name.
    throw new DamagedDefinitionsError(path, bad ?? { number: 1, start: 0, end: 0 });
  }
  if (bad === undefined) return { texts, soundOctets: octets.length };
  const isTail = bad.start >= committedOctets && (lastSoundStart < bad.start || hasZeros(octets, bad));
  if (!isTail) throw new DamagedDefinitionsError(path, bad);
  return { texts, soundOctets: bad.start };
}

/** Text has none: they stand where nothing was written. */
function hasZeros(octets: Buffer, { start, end }: BadLine): boolean {
  return octets.subarray(start, end).includes(NUL);
}
