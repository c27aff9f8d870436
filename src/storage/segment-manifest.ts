import type { SegmentManifest } from './commit-log/segment-files.ts';
import type { DefinitionsLog } from './definitions-log.ts';

const KIND = 'segment';

/** Which segments of the message log there are, kept among the definitions: a missing file does not go unnoticed. */
export class DefinedSegments implements SegmentManifest {
  private readonly definitions: DefinitionsLog;

  constructor(definitions: DefinitionsLog) {
    this.definitions = definitions;
  }

  get names(): readonly string[] {
    return [...this.definitions.definitions(KIND)].map(({ key }) => key[0]!);
  }

  add(name: string): void {
    this.definitions.put(KIND, [name], {});
  }

  remove(name: string): void {
    this.definitions.remove(KIND, [name]);
  }
}
