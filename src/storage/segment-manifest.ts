import type { SegmentManifest } from './commit-log/segment-files.ts';
import type { DefinitionsLog } from './definitions/definitions-log.ts';
import type { DefinitionsTable } from './definitions/definitions-table.ts';

const KIND = 'segment';

/** Which segments of the message log there are, kept among the definitions: a missing file does not go unnoticed. */
export class DefinedSegments implements SegmentManifest {
  private readonly definitions: DefinitionsLog;

  constructor(definitions: DefinitionsLog) {
    this.definitions = definitions;
  }

  get names(): readonly string[] {
    return listedSegments(this.definitions);
  }

  add(name: string): void {
    this.definitions.put(KIND, [name], {});
  }

  remove(name: string): void {
    this.definitions.remove(KIND, [name]);
  }
}

/** The names of the segments' files that should be there. */
export function listedSegments(definitions: Pick<DefinitionsTable, 'definitions'>): string[] {
  return [...definitions.definitions(KIND)].map(({ key }) => key[0]!);
}
