import { DiskAlarm } from '../../broker/alarms/disk-alarm.ts';
import { ResourceAlarms } from '../../broker/alarms/resource-alarms.ts';
import type { Config } from '../../config/options.ts';
import type { Logger } from '../../observe/logger.ts';
import { type CommitLog, SEGMENT_SIZE_OCTETS } from '../../storage/commit-log/commit-log.ts';
import { type DataDirectory, openDataDirectory } from '../../storage/data-directory.ts';
import { DefinitionsLog } from '../../storage/definitions/definitions-log.ts';
import { DataDirectoryError, explainSystemError } from '../../storage/disk/data-directory-error.ts';
import { DiskReserve } from '../../storage/disk/disk-reserve.ts';
import { GroupCommit } from '../../storage/disk/group-commit.ts';
import { loadNative, type Native } from '../../storage/disk/native.ts';
import { NodeFiles } from '../../storage/disk/node-files.ts';
import { restrictToOwner } from '../../storage/disk/owner-only.ts';
import { FileInventory } from '../../storage/file-inventory.ts';
import { IdentityLog } from '../../storage/identities/identity-log.ts';
import { openCommitLog } from './message-storage.ts';

const MISSING = 'a part of a file has gone since the broker was stopped: messages may come back, or be taken for new';

/** What a broker with a data directory has open in it. */
export interface DurableState {
  readonly directory: DataDirectory;
  /** The files of the message log are mapped into memory, rather than read and written. */
  readonly isMapped: boolean;
  readonly commit: GroupCommit;
  readonly definitions: DefinitionsLog;
  readonly alarms: ResourceAlarms;
  readonly diskAlarm: DiskAlarm;
  /** The log of messages. */
  readonly messages: CommitLog;
  /** Which messages exchanges have seen. */
  readonly identities: IdentityLog;
  /** Brings everything to disk, and lets others open the directory. */
  close(): Promise<void>;
}

/** @throws DataDirectoryError if the directory can't be used */
export async function openDurableState(path: string, config: Config, log: Logger): Promise<DurableState> {
  const native = await loadNative();
  if (config.storage === 'mapped' && native === undefined) refuseMapping();
  const files = new NodeFiles(native);
  const directory = openDataDirectory(path, files, native);
  try {
    keepToOwner(directory.path, log);
    const state = durableStateIn(directory, config.storage === 'files' ? undefined : native, config, log);
    return { ...state, close: () => state.close().finally(() => files.close()) };
  } catch (error) {
    directory.close();
    files.close();
    throw explainSystemError(error, directory.path);
  }
}

function keepToOwner(path: string, log: Logger): void {
  const { tightenedCount, stillOpen } = restrictToOwner(path);
  if (tightenedCount > 0) log.info({ path, tightenedCount }, 'access to the data directory is for its owner only now');
  if (stillOpen !== undefined)
    log.warn({ file: stillOpen }, 'other users may read or write this file of the data directory');
}

/**
 * @param mapping maps the files of the message log into memory; undefined: they are read and written
 * @param segmentSizeOctets the size of those files, the same as long as the directory lives
 */
export function durableStateIn(
  directory: DataDirectory,
  mapping: Native | undefined,
  config: Config,
  log: Logger,
  segmentSizeOctets: number = SEGMENT_SIZE_OCTETS,
): DurableState {
  const commit = new GroupCommit();
  const definitions = DefinitionsLog.open(directory.files, directory.path, commit);
  const { cutOctets, path: file } = definitions;
  if (cutOctets > 0) log.warn({ file, cutOctets }, 'what a crash had left unfinished was cut off');
  const inventory = new FileInventory(definitions, directory.files, directory.path);
  for (const missing of inventory.takeMissing()) log.error({ ...missing }, MISSING);
  const identities = new IdentityLog(directory.files, directory.path, commit);
  const { damage } = identities;
  if (damage !== undefined) log.error({ file: identities.path, ...damage }, 'exchanges may forget what they have seen');
  const alarms = new ResourceAlarms();
  const diskAlarm = new DiskAlarm(alarms, directory.files, directory.path, config.diskFreeLimit, log);
  const reserve = new DiskReserve(directory.files, directory.path);
  const messages = openCommitLog({
    directory,
    mapping,
    commit,
    definitions,
    reserve,
    diskAlarm,
    log,
    segmentSizeOctets,
  });
  const isMapped = mapping !== undefined;
  const opened = { directory, isMapped, commit, definitions, alarms, diskAlarm, messages, identities };
  return { ...opened, close: () => closeAll(opened, inventory, reserve, log) };
}

function refuseMapping(): never {
  throw new DataDirectoryError(
    'files cannot be mapped into memory here: the package koffi is not installed, or does not know this system',
    "let 'storage' be auto or files",
  );
}

async function closeAll(
  opened: Omit<DurableState, 'close'>,
  inventory: FileInventory,
  reserve: DiskReserve,
  log: Logger,
): Promise<void> {
  const { directory, commit, definitions, diskAlarm, messages, identities } = opened;
  diskAlarm.stop();
  try {
    await messages.close();
    await commit.flushed();
  } catch (err) {
    log.error({ err }, 'the data directory failed: the last changes may be lost'); // nobody was told that they are safe
  }
  identities.close();
  if (commit.failure === undefined) inventory.note();
  definitions.close();
  reserve.close();
  directory.close();
}
