import { join } from 'node:path';
import type { Files } from '../disk/files.ts';
import { MEMORY_SEGMENT_OCTETS } from './memory-segment.ts';
import { ScratchFile } from './scratch-file.ts';

/** Small against most large bodies, each of which has blocks of its own. */
const BODY_BLOCK_OCTETS = 16 * 1024;

/** Files for what memory has no room for. The directory is emptied when it is opened, and when it is closed. */
export class ScratchDirectory {
  readonly segments: ScratchFile;
  readonly bodies: ScratchFile;

  /** @throws the system's error if the directory can't be made or emptied */
  constructor(files: Files, path: string) {
    files.makeDirectory(path);
    for (const name of files.list(path)) files.remove(join(path, name));
    this.segments = new ScratchFile(files, join(path, 'segments'), MEMORY_SEGMENT_OCTETS);
    this.bodies = new ScratchFile(files, join(path, 'bodies'), BODY_BLOCK_OCTETS);
  }

  /** Disk space that the files take. */
  get sizeOctets(): number {
    return this.segments.sizeOctets + this.bodies.sizeOctets;
  }

  close(): void {
    this.segments.close();
    this.bodies.close();
  }
}
