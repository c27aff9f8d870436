import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { CommitLog } from './commit-log/commit-log.ts';
import type { Files } from './disk/files.ts';
import { GroupCommit } from './disk/group-commit.ts';
import { loadNative, type Native } from './disk/native.ts';
import { NodeFiles } from './disk/node-files.ts';
import { SimulatedDisk } from './disk/simulated-disk.test.helper.ts';
import { MEMORY_SEGMENT_OCTETS } from './memory/memory-segment.ts';
import { MemoryStore } from './memory/memory-store.ts';
import { Arena } from './message/arena.ts';
import { describeMessageStore, type StoreUnderTest } from './message/message-store-contract.test.helper.ts';
import { TieredStore } from './tiered-store.ts';

/** Of memory: segments that are kept ready, the one being filled, and what compaction tolerates. */
const MEMORY_SLACK_OCTETS = (8 + 16 + 2) * MEMORY_SEGMENT_OCTETS;
/** So that some large bodies lie in segments, and others beside. */
const SEGMENT_OCTETS = 128 * 1024;
/** What compaction tolerates, the next segment, a spare one, and acknowledgements. */
const DISK_SLACK_OCTETS = 4 * SEGMENT_OCTETS;
/** In so many turns everything comes to rest that has begun. */
const TURNS = 20;
const PLACES = 6;
const Q1 = Int32Array.of(1);

function memory(): StoreUnderTest {
  const arena = new Arena();
  arena.take(arena.octets.length - 2 * MEMORY_SEGMENT_OCTETS);
  const store = new MemoryStore(arena);
  return {
    store,
    add: (message) => store.keepCopy(message),
    keptOctets: () => store.allocatedOctets,
    slackOctets: MEMORY_SLACK_OCTETS,
    settle: () => turn(),
    close: async () => store.close(),
  };
}

function commitLog(files: Files, path: string, native: Native | undefined): StoreUnderTest {
  const commit = new GroupCommit();
  const refuse = () => {
    throw new Error('the disk is in order');
  };
  const listener = { outOfSegments: refuse, writeFailed: refuse, damaged: refuse };
  const options = { path, files, native, commit, listener, segmentSizeOctets: SEGMENT_OCTETS };
  const log = new CommitLog({ ...options, placeCount: PLACES });
  log.recover({ queue: refuse, damaged: refuse });
  const store = new TieredStore(new MemoryStore(new Arena(log.octets)), log.store);
  return {
    store,
    add: (message) => {
      store.append(message, Q1);
      const slot = store.hold(message);
      store.endPublish(message);
      return slot;
    },
    keptOctets: () => files.list(path).reduce((sum, name) => sum + sizeOf(files, join(path, name)), 0),
    slackOctets: DISK_SLACK_OCTETS,
    settle: async () => {
      for (let i = 0; i < TURNS; i++) {
        await commit.flushed();
        await turn();
      }
    },
    close: () => log.close(),
  };
}

function sizeOf(files: Files, path: string): number {
  const file = files.open(path);
  const { sizeOctets } = file;
  file.close();
  return sizeOctets;
}

describeMessageStore('memory', memory);
describeMessageStore('the commit log in plain files', () => commitLog(new SimulatedDisk(), '/messages', undefined));

const native = await loadNative();
if (native !== undefined) {
  const directory = mkdtempSync(join(tmpdir(), 'leveret-'));
  const files = new NodeFiles(native);
  after(() => {
    files.close();
    rmSync(directory, { recursive: true });
  });
  describeMessageStore('the commit log in mapped files', () =>
    commitLog(files, join(mkdtempSync(join(directory, 'log-')), 'messages'), native),
  );
}
