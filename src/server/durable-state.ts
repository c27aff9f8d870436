import type { Logger } from '../observe/logger.ts';
import { type DataDirectory, openDataDirectory } from '../storage/data-directory.ts';
import { explainSystemError } from '../storage/data-directory-error.ts';
import { DefinitionsLog } from '../storage/definitions-log.ts';
import { GroupCommit } from '../storage/group-commit.ts';
import { loadNative, type Native } from '../storage/native.ts';
import { NodeFiles } from '../storage/node-files.ts';

/** What a broker with a data directory has open in it. */
export interface DurableState {
  readonly directory: DataDirectory;
  readonly native: Native | undefined;
  readonly commit: GroupCommit;
  readonly definitions: DefinitionsLog;
  /** Brings everything to disk, and lets others open the directory. */
  close(): Promise<void>;
}

/** @throws DataDirectoryError if the directory can't be used */
export async function openDurableState(path: string, log: Logger): Promise<DurableState> {
  const native = await loadNative();
  const directory = openDataDirectory(path, new NodeFiles(native), native);
  try {
    const commit = new GroupCommit();
    const definitions = DefinitionsLog.open(directory.files, directory.path, commit);
    const { cutOctets, path: file } = definitions;
    if (cutOctets > 0) log.warn({ file, cutOctets }, 'what a crash had left unfinished was cut off');
    const close = () => closeAll(directory, commit, definitions, log);
    return { directory, native, commit, definitions, close };
  } catch (error) {
    directory.close();
    throw explainSystemError(error, directory.path);
  }
}

async function closeAll(
  directory: DataDirectory,
  commit: GroupCommit,
  definitions: DefinitionsLog,
  log: Logger,
): Promise<void> {
  try {
    await commit.flushed();
  } catch (err) {
    log.error({ err }, 'the data directory failed: the last changes may be lost'); // nobody was told that they are safe
  }
  definitions.close();
  directory.close();
}
