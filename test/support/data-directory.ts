import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory for one broker's data, for as long as the block that it was made in. */
export class TemporaryDataDirectory implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'leveret-data-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
