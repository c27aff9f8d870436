import { join } from 'node:path';
import type { DefinitionsLog } from './definitions/definitions-log.ts';
import type { DefinitionsTable } from './definitions/definitions-table.ts';
import type { Files } from './disk/files.ts';
import { isSystemError } from './disk/system-error.ts';
import { IDENTITIES_FILE } from './identities/identity-log.ts';

const KIND = 'inventory';
const MESSAGES = 'messages';

/** Size in octets by name, relative to the data directory. */
type Sizes = Readonly<Record<string, number>>;

/** A part of a file that was there when the broker was stopped. */
export interface MissingPart {
  /** Relative to the data directory. */
  readonly file: string;
  readonly offset: number;
  readonly sizeOctets: number;
  readonly reason: string;
}

/**
 * The sizes that files have when a broker is stopped, noted among the definitions, of those files whose loss would go unnoticed:
 * `.acks` and identities.log may be missing, or end anywhere. The note counts until the next start.
 */
export class FileInventory {
  private readonly definitions: DefinitionsLog;
  private readonly files: Files;
  private readonly directory: string;

  constructor(definitions: DefinitionsLog, files: Files, directory: string) {
    this.definitions = definitions;
    this.files = files;
    this.directory = directory;
  }

  /** What is missing of what was noted. From now on nothing is noted: files are going to change. */
  takeMissing(): MissingPart[] {
    const missing = missingParts(this.definitions, this.files, this.directory);
    if ([...this.definitions.definitions(KIND)].length === 0) return missing;
    this.definitions.remove(KIND, []);
    this.definitions.syncNow();
    return missing;
  }

  /** The broker is stopped, and its files are closed. Where that can't be noted, less is noticed at the next start. */
  note(): void {
    try {
      const sizes = Object.fromEntries(
        this.names().map((name) => [name, sizeOf(this.files, join(this.directory, name))]),
      );
      if (Object.keys(sizes).length === 0) return;
      this.definitions.put(KIND, [], sizes);
      this.definitions.syncNow();
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  private names(): string[] {
    const messages = this.files.list(join(this.directory, MESSAGES)).filter((name) => name.endsWith('.acks'));
    const identities = this.files.exists(join(this.directory, IDENTITIES_FILE)) ? [IDENTITIES_FILE] : [];
    return [...identities, ...messages.map((name) => join(MESSAGES, name))];
  }
}

/** What is missing of the files whose sizes were noted when the broker was stopped. */
export function missingParts(
  definitions: Pick<DefinitionsTable, 'definitions'>,
  files: Files,
  directory: string,
): MissingPart[] {
  const [noted] = definitions.definitions<Sizes>(KIND);
  return Object.entries(noted?.value ?? {}).flatMap(([file, size]) => missingOf(files, directory, file, size));
}

function missingOf(files: Files, directory: string, file: string, size: number): MissingPart[] {
  const path = join(directory, file);
  if (!files.exists(path)) return [{ file, offset: 0, sizeOctets: size, reason: 'missing' }];
  const offset = sizeOf(files, path);
  if (offset >= size) return [];
  return [{ file, offset, sizeOctets: size - offset, reason: offset === 0 ? 'empty' : 'cut off' }];
}

function sizeOf(files: Files, path: string): number {
  const file = files.open(path);
  try {
    return file.sizeOctets;
  } finally {
    file.close();
  }
}
