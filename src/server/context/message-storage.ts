import { join } from 'node:path';
import type { DiskAlarm } from '../../broker/alarms/disk-alarm.ts';
import type { Receiver } from '../../broker/routing/router.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import type { Logger } from '../../observe/logger.ts';
import { RepeatedError } from '../../observe/repeated-error.ts';
import { CommitLog } from '../../storage/commit-log/commit-log.ts';
import type { DataDirectory } from '../../storage/data-directory.ts';
import type { DefinitionsLog } from '../../storage/definitions/definitions-log.ts';
import { DataDirectoryError } from '../../storage/disk/data-directory-error.ts';
import type { DiskReserve } from '../../storage/disk/disk-reserve.ts';
import type { GroupCommit } from '../../storage/disk/group-commit.ts';
import type { Native } from '../../storage/disk/native.ts';
import { DurableNumbers } from '../../storage/durable-numbers.ts';
import type { IdentityLog } from '../../storage/identities/identity-log.ts';
import { Quarantine } from '../../storage/quarantine.ts';
import { DefinedSegments } from '../../storage/segment-manifest.ts';

/** What the log of messages is opened with. */
export interface MessageStorageParts {
  readonly directory: DataDirectory;
  readonly mapping: Native | undefined;
  readonly commit: GroupCommit;
  readonly definitions: DefinitionsLog;
  readonly reserve: DiskReserve;
  readonly diskAlarm: DiskAlarm;
  readonly log: Logger;
  readonly segmentSizeOctets: number;
}

/** Opens the log of messages. Nothing of it is in queues before `recoverMessages`. */
export function openCommitLog({
  directory,
  mapping,
  commit,
  definitions,
  reserve,
  diskAlarm,
  log,
  segmentSizeOctets,
}: MessageStorageParts): CommitLog {
  const writeFailures = new RepeatedError(log, 'the message log could not be written');
  const quarantine = new Quarantine(directory.path, directory.files, commit, log);
  return new CommitLog({
    path: join(directory.path, 'messages'),
    files: directory.files,
    native: mapping,
    commit,
    manifest: new DefinedSegments(definitions),
    reserve,
    segmentSizeOctets,
    listener: {
      outOfSegments: (isOut) => diskAlarm.setOutOfSegments(isOut),
      writeFailed: (err) => writeFailures.add(err),
      damaged: (damage) => quarantine.setAside(damage),
    },
  });
}

/** Where messages are recovered from. */
export interface RecoveredParts extends Pick<MessageStorageParts, 'directory' | 'definitions' | 'commit'> {
  readonly messages: CommitLog;
  readonly identities: IdentityLog;
}

/** Puts the messages of the log back into the durable queues, and into the exchanges that keep some. @throws DataDirectoryError if the queues are not defined */
export function recoverMessages(
  { directory, definitions, commit, messages, identities }: RecoveredParts,
  vhosts: Iterable<VirtualHost>,
  log: Logger,
): void {
  const queues = new Map<number, Receiver>();
  for (const vhost of vhosts) {
    for (const queue of vhost.queues.values()) queues.set(queue.durableId, queue);
    for (const { features } of vhost.exchanges.values()) {
      for (const keeper of features?.keepers ?? []) queues.set(keeper.durableId, keeper);
    }
  }
  recoverIdentities(identities, queues);
  const numbers = new DurableNumbers(definitions, 'queues');
  const quarantine = new Quarantine(directory.path, directory.files, commit, log);
  let last: Receiver | undefined; // most messages are for the queue of the one before
  messages.recover({
    queue: (number) => {
      if (last?.durableId === number) return last;
      last = queues.get(number);
      if (last === undefined && !numbers.mayHaveGiven(number)) refuseUnknown(number, definitions.path);
      return last;
    },
    damaged: (damage) => quarantine.setAside(damage),
  });
}

/** Has exchanges know the messages again that they have seen. */
function recoverIdentities({ recovered }: IdentityLog, receivers: ReadonlyMap<number, Receiver>): void {
  for (const { owner, identity, expiresMs } of recovered) {
    const receiver = receivers.get(owner);
    if (receiver?.kind === 'keeper') receiver.learn?.(identity, expiresMs);
  }
}

function refuseUnknown(number: number, definitionsPath: string): never {
  throw new DataDirectoryError(
    `there are messages for a queue (number ${number}) that ${definitionsPath} has never heard of`,
    'it is missing, or older than the messages: restore it, or move the messages directory away to start without them',
  );
}
