import { basename, join } from 'node:path';
import type { Logger } from '../observe/logger.ts';
import type { Damage } from './commit-log/damage.ts';
import type { Files } from './disk/files.ts';
import type { GroupCommit } from './disk/group-commit.ts';

/** Where damaged parts of files are kept for whoever wants to look at them; everything else is served without them. */
export class Quarantine {
  private readonly path: string;
  private readonly files: Files;
  private readonly commit: GroupCommit;
  private readonly log: Logger;

  /** @param directory the data directory */
  constructor(directory: string, files: Files, commit: GroupCommit, log: Logger) {
    this.path = join(directory, 'quarantine');
    this.files = files;
    this.commit = commit;
    this.log = log;
  }

  /** Keeps the octets, if there are any, in a file named after where they were; the same damage met again is not kept twice. */
  setAside(damage: Damage): void {
    const { file, offset, sizeOctets, reason, octets } = damage;
    if (octets.length > 0) this.keep(damage);
    else this.log.error({ file, offset, sizeOctets, reason }, 'a part of a file is missing: everything else is served');
  }

  private keep({ file, offset, sizeOctets, reason, isUnfinished, octets }: Damage): void {
    this.files.makeDirectory(this.path);
    const path = join(this.path, `${basename(file)}-${offset}`);
    if (!this.files.exists(path)) this.write(path, octets);
    const facts = { file, offset, sizeOctets, reason, keptIn: path };
    if (isUnfinished) this.log.warn(facts, 'what a crash had left unfinished was set aside');
    else this.log.error(facts, 'a damaged part of a file was set aside');
  }

  private write(path: string, octets: Buffer): void {
    const file = this.files.create(path);
    file.write(octets, 0, octets.length, 0);
    this.commit.markDirty({
      sync: () => file.sync().finally(() => file.close()),
      syncNow: () => file.syncNow(),
    });
    this.commit.markDirty(this.files.directory(this.path));
  }
}
