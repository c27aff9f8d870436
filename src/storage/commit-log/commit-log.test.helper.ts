import { bodyOf } from '../../protocol/message.test.helper.ts';
import { Message } from '../../protocol/message.ts';
import type { Files } from '../disk/files.ts';
import { GroupCommit } from '../disk/group-commit.ts';
import type { Native } from '../disk/native.ts';
import { NodeFiles } from '../disk/node-files.ts';
import { CommitLog, type CommitLogOptions } from './commit-log.ts';
import type { Damage } from './damage.ts';
import { DURABLE_SLOT } from './durable-slot.ts';

export const SMALL_SEGMENT_OCTETS = 64 * 1024;

/** What a queue got back, as a test sees it. */
export interface Restored {
  readonly slot: number;
  readonly isRedelivered: boolean;
  readonly returnCount: number;
}

/** A commit log of small segments in a directory of its own, and what recovery has found in it. */
export interface OpenedLog {
  readonly log: CommitLog;
  readonly commit: GroupCommit;
  readonly queues: Map<number, Restored[]>;
  readonly damages: Damage[];
  readonly isOut: boolean[];
  /** What the log could not write, and nobody waits for. */
  readonly writeFailures: Error[];
}

/** What a log may be opened with besides its files. */
export type LogParts = Pick<CommitLogOptions, 'manifest' | 'reserve'>;

/** @param deleted numbers of queues that are not there any more */
export function openLog(
  path: string,
  native: Native | undefined,
  files: Files = new NodeFiles(native),
  deleted: ReadonlySet<number> = new Set(),
  partsWith: (commit: GroupCommit) => LogParts = () => ({}),
): OpenedLog {
  const commit = new GroupCommit();
  const isOut: boolean[] = [];
  const writeFailures: Error[] = [];
  const damages: Damage[] = [];
  const listener = {
    outOfSegments: (is: boolean) => isOut.push(is),
    writeFailed: (error: Error) => writeFailures.push(error),
    damaged: (damage: Damage) => damages.push(damage),
  };
  const log = new CommitLog({
    path,
    files,
    native,
    commit,
    listener,
    segmentSizeOctets: SMALL_SEGMENT_OCTETS,
    placeCount: 6,
    ...partsWith(commit),
  });
  const queues = new Map<number, Restored[]>();
  log.recover({
    queue: (number) => {
      if (deleted.has(number)) return undefined;
      const restored = queues.get(number) ?? [];
      queues.set(number, restored);
      return {
        restore: (slot, isRedelivered, _propertyFlags, _bodySize, returnCount) =>
          restored.push({ slot: slot ^ DURABLE_SLOT, isRedelivered, returnCount }),
      };
    },
    damaged: (damage) => damages.push(damage),
  });
  return { log, commit, queues, damages, isOut, writeFailures };
}

/** The message in the store, as routing key and body. */
export function contentOf({ log }: OpenedLog, slot: number): { key: string; body: Buffer } {
  const view = new Message();
  log.store.read(slot, view);
  return { key: view.routingKey, body: Buffer.from(bodyOf(view)) };
}
