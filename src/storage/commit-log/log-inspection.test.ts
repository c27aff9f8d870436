import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { extent } from '../../extent.test.helper.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { loadNative } from '../disk/native.ts';
import { ReadOnlyFiles } from '../disk/read-only-files.ts';
import { TemporaryDirectory } from '../disk/temporary-directory.test.helper.ts';
import { type OpenedLog, openLog } from './commit-log.test.helper.ts';
import { bodyFileName } from './large-bodies.ts';
import { LogInspection } from './log-inspection.ts';
import type { LogReport } from './log-report.ts';
import { FLAG_IN_TRANSACTION } from './record.ts';
import { SEGMENT_HEADER_OCTETS } from './segment.ts';

const native = await loadNative();
const DELETED = 3;

function inspect(path: string): LogReport {
  const hasQueue = (number: number) => number !== DELETED;
  return new LogInspection({ path, files: new ReadOnlyFiles(), isInUse: false, hasQueue }).run();
}

function append({ log: { store } }: OpenedLog, bodySize: number, queues: readonly number[], flags = 0): number {
  const parts = { routingKey: 'key', body: Buffer.alloc(bodySize, 'b'), properties: { deliveryMode: 2 } };
  const slot = store.append(incomingMessage(parts), Int32Array.from(queues), flags);
  for (let i = 1; i < queues.length; i++) store.retain(slot);
  return slot;
}

function acknowledge({ log: { store } }: OpenedLog, slot: number, queue: number): void {
  store.acknowledged(slot, queue);
  store.release(slot);
}

/** What recovery gives back to each queue, which ends the log's life. */
async function recoveredCounts(path: string): Promise<Record<string, number>> {
  const opened = openLog(path, native, undefined, new Set([DELETED]));
  await opened.log.close();
  return Object.fromEntries([...opened.queues].map(([queue, restored]) => [queue, restored.length]));
}

function inspectedCounts({ queues }: LogReport): Record<string, number> {
  return Object.fromEntries([...queues].map(([queue, { messages }]) => [queue, messages]));
}

/** A closed log of ten messages of 100 octets in queue 1. */
async function tenMessages(path: string): Promise<void> {
  const opened = openLog(path, native);
  for (let i = 0; i < 10; i++) append(opened, 100, [1]);
  await opened.log.close();
}

function flipOctet(path: string, offset: number): void {
  const octets = readFileSync(path);
  octets[offset]! ^= 0x40;
  writeFileSync(path, octets);
}

describe('the inspection of a commit log', () => {
  test('counts what is alive and what is dead, segment by segment and queue by queue', async () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    const opened = openLog(path, native);
    const begunMs = Date.now();
    const slots = Array.from({ length: 4 }, () => append(opened, 100, [1, 2]));
    append(opened, 7, [DELETED]);
    append(opened, 30_000, [2]);
    acknowledge(opened, slots[0]!, 1);
    acknowledge(opened, slots[1]!, 1);
    acknowledge(opened, slots[1]!, 2);
    await opened.log.close();
    const { segments, queues, messages, bodies, damages, unfinished, leftovers, liveOctets } = inspect(path);
    assert.deepEqual([...queues].sort(), [
      [1, { messages: 2, octets: 200 }],
      [2, { messages: 4, octets: 30_300 }],
    ]);
    assert.equal(messages, 4);
    assert.deepEqual(bodies, { files: 1, octets: 30_000 });
    assert.deepEqual([damages, unfinished, leftovers], [[], [], []]);
    const [segment] = segments;
    assert.equal(segments.length, 1);
    const { records, liveRecords, deadRecords, usedOctets, sizeOctets } = segment!;
    assert.deepEqual({ records, liveRecords, deadRecords }, { records: 6, liveRecords: 4, deadRecords: 2 });
    assert.equal(usedOctets, SEGMENT_HEADER_OCTETS + segment!.liveOctets + segment!.deadOctets);
    assert.equal(sizeOctets, usedOctets);
    assert.equal(liveOctets, segment!.liveOctets + 30_000);
    assert.ok(segment!.firstTimestampMs! >= begunMs && segment!.lastTimestampMs! <= Date.now());
    assert.equal(segment!.ackOctets, statSync(join(path, '0000000001.acks')).size);
  });

  test('finds what recovery restores, whatever has happened before, also to a log that was killed', async () => {
    const step = fc.record({
      size: fc.constantFrom(10, 5000, 12_000, 14_000, 20_000),
      queues: fc.constantFrom([1], [2], [1, 2], [DELETED], [1, DELETED]),
      keptIf: fc.nat(9),
      transaction: fc.constantFrom('none', 'none', 'none', 'ended', 'cut'),
    });
    const history = fc.array(step, { minLength: 40, maxLength: 120 });
    let movedCount = 0;
    await fc.assert(
      fc.asyncProperty(history, fc.boolean(), async (steps, isKilled) => {
        using directory = new TemporaryDirectory();
        const path = join(directory.path, 'log');
        const opened = openLog(path, native, undefined, new Set([DELETED]));
        for (const { size, queues, keptIf, transaction } of steps) {
          const isPart = transaction !== 'none';
          const slot = append(opened, size, queues, isPart ? FLAG_IN_TRANSACTION : 0);
          const listener = { committed: () => undefined, commitFailed: () => undefined };
          if (transaction === 'ended') opened.log.store.transactions.end(1, [], listener);
          if (keptIf > 1) for (const queue of queues) acknowledge(opened, slot, queue);
          if (size !== 5000) continue;
          await opened.commit.flushed();
          await new Promise((resolve) => setImmediate(resolve)); // compaction has its turn
        }
        await opened.commit.flushed();
        const copy = join(directory.path, 'copy');
        if (isKilled) cpSync(path, copy, { recursive: true });
        await opened.log.close();
        const looked = isKilled ? copy : path;
        const report = inspect(looked);
        movedCount += report.segments.filter(({ kind }) => kind === 'moved').length;
        assert.deepEqual(report.damages, []);
        assert.deepEqual(inspectedCounts(report), await recoveredCounts(looked));
      }),
      { numRuns: extent({ usual: 12, soak: 200 }) },
    );
    assert.ok(movedCount > 0, 'nothing was ever moved by compaction');
  });

  test('a transaction without its end has not happened', async () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    const opened = openLog(path, native);
    append(opened, 10, [1], FLAG_IN_TRANSACTION);
    append(opened, 10, [1], FLAG_IN_TRANSACTION);
    await opened.commit.flushed();
    await opened.log.close();
    const { queues, segments, damages } = inspect(path);
    assert.deepEqual([...queues], []);
    assert.deepEqual([segments[0]!.records, segments[0]!.deadRecords], [2, 2]);
    assert.deepEqual(damages, []);
  });

  test('changes nothing', async () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    await tenMessages(path);
    writeFileSync(join(path, '0000000001.acks'), 'torn', { flag: 'a' });
    writeFileSync(join(path, '0.spare'), '');
    const state = () =>
      readdirSync(path).map((name) => [name, statSync(join(path, name)).mtimeMs, readFileSync(join(path, name))]);
    const before = state();
    const { leftovers, unfinished } = inspect(path);
    assert.deepEqual(leftovers, ['0.spare']);
    assert.deepEqual(unfinished, [{ file: '0000000001.acks', offset: 0, sizeOctets: 4 }]);
    assert.deepEqual(state(), before);
  });

  test('a damaged record is found where it is, and the others are counted', async () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    await tenMessages(path);
    const file = '0000000001.log';
    const length = (statSync(join(path, file)).size - SEGMENT_HEADER_OCTETS) / 10;
    const offset = SEGMENT_HEADER_OCTETS + 3 * length;
    flipOctet(join(path, file), offset + 50);
    const { damages, messages } = inspect(path);
    assert.deepEqual(damages, [{ file, offset, sizeOctets: length, reason: 'no valid record' }]);
    assert.equal(messages, 9);
  });

  test('at the end of the log, it may be a write that a crash has cut short', async () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    await tenMessages(path);
    const file = join(path, '0000000001.log');
    truncateSync(file, statSync(file).size - 8);
    const { damages, messages } = inspect(path);
    assert.equal(damages.length, 1);
    assert.match(damages[0]!.reason, /at the end of the log: cut short by a crash, or damaged since/);
    assert.equal(messages, 9);
  });

  test('a damaged header, body and block of acknowledgements are found', async () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    const opened = openLog(path, native);
    const slots = [append(opened, 10, [1]), append(opened, 10, [1]), append(opened, 10, [1])];
    append(opened, 20_000, [1]);
    append(opened, 20_001, [1]);
    for (const slot of slots) {
      acknowledge(opened, slot, 1);
      opened.log.store.acknowledgements.flush();
    }
    await opened.log.close();
    flipOctet(join(path, '0000000001.log'), 20);
    flipOctet(join(path, '0000000001.acks'), 17);
    flipOctet(join(path, bodyFileName(4)), 5);
    rmSync(join(path, bodyFileName(5)));
    const { damages } = inspect(path);
    assert.deepEqual(damages.map(({ file, reason }) => `${file}: ${reason}`).sort(), [
      '0000000001.acks: no valid acknowledgements',
      '0000000001.log: its body is missing or damaged',
      '0000000001.log: its body is missing or damaged',
      '0000000001.log: no valid header',
    ]);
  });

  test('a file that waits for its turn is no damage, even if it is full of what was there before', async () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    await tenMessages(path);
    cpSync(join(path, '0000000001.log'), join(path, '0000000002.log'));
    writeFileSync(join(path, '0000000003.log'), Buffer.alloc(4096));
    const { damages, segments, messages } = inspect(path);
    assert.deepEqual(damages, []);
    assert.deepEqual(
      segments.map(({ isReserved, usedOctets }) => isReserved && usedOctets === 0),
      [false, true, true],
    );
    assert.equal(messages, 10);
  });
});
