import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { loadNative } from '../disk/native.ts';
import { TemporaryDirectory } from '../disk/temporary-directory.test.helper.ts';
import { DamagedMessageError } from '../message/damaged-message.ts';
import { contentOf, type OpenedLog, openLog } from './commit-log.test.helper.ts';
import { bodyFileName } from './large-bodies.ts';
import { segmentName } from './segment-files.ts';

const native = await loadNative();
const WAYS = [
  ['mapped', native],
  ['read', undefined],
] as const;
const BODY_OCTETS = 1000;
const Q1 = Int32Array.of(1);

/** A log that was filled and opened again, so that its records came from the disk. */
async function coldLog(path: string, way: typeof native, count: number, bodyOctets = BODY_OCTETS): Promise<OpenedLog> {
  const first = openLog(path, way);
  for (let i = 0; i < count; i++) {
    first.log.store.append(incomingMessage({ routingKey: String(i), body: Buffer.alloc(bodyOctets, i) }), Q1, 0);
  }
  await first.log.close();
  return openLog(path, way);
}

function slotsOf({ queues }: OpenedLog): number[] {
  return queues.get(1)!.map(({ slot }) => slot);
}

function overwrite(path: string, offset: number, octets: Buffer): void {
  const file = openSync(path, 'r+');
  writeSync(file, octets, 0, octets.length, offset);
  closeSync(file);
}

/** Changes an octet of the record on disk, in the middle of it or of its length; it is read from there again. */
function damage({ log: { store } }: OpenedLog, path: string, slot: number, at: 'body' | 'length'): void {
  const segment = store.segments[store.slots.segment[slot]!]!;
  const offset = store.slots.offset[slot]! + (at === 'body' ? BODY_OCTETS / 2 : 1);
  const file = join(path, segmentName(segment));
  const octet = readFileSync(file)[offset]!;
  overwrite(file, offset, Buffer.of(octet ^ 1));
  store.segmentFiles.window.detach(segment);
}

for (const [name, way] of WAYS) {
  describe(`a message that has changed on disk (${name})`, { skip: name === 'mapped' && way === undefined }, () => {
    for (const at of ['body', 'length'] as const) {
      test(`is noticed before it is sent, and told of once: its ${at}`, async () => {
        using directory = new TemporaryDirectory();
        const { path } = directory;
        const opened = await coldLog(path, way, 5);
        const slots = slotsOf(opened);
        damage(opened, path, slots[2]!, at);
        for (let i = 0; i < 2; i++) assert.throws(() => contentOf(opened, slots[2]!), DamagedMessageError);
        assert.throws(() => opened.log.store.bodySize(slots[2]!), DamagedMessageError);
        assert.deepEqual(
          opened.damages.map(({ reason, isUnfinished }) => [reason, isUnfinished]),
          [['changed on disk since the start', false]],
        );
        for (const i of [0, 1, 3, 4]) assert.equal(contentOf(opened, slots[i]!).key, String(i));
        await opened.log.close();
      });

      test(`counts for nothing when it is released, and no other is removed with it: its ${at}`, async () => {
        using directory = new TemporaryDirectory();
        const { path } = directory;
        const opened = await coldLog(path, way, 200);
        const { store } = opened.log;
        const slots = slotsOf(opened);
        damage(opened, path, slots[0]!, at);
        const inFirst = slots.filter((slot) => store.slots.segment[slot] === store.slots.segment[slots[0]!]);
        for (const slot of inFirst.slice(0, -1)) store.release(slot);
        await turn();
        assert.equal(contentOf(opened, inFirst.at(-1)!).key, String(inFirst.length - 1));
        for (const slot of slots.slice(inFirst.length - 1)) store.release(slot);
        await opened.commit.flushed();
        assert.deepEqual([store.messageCount, store.liveOctets], [0, 0]);
        await opened.log.close();
      });
    }

    test('does not get a checksum that holds by being moved', async () => {
      using directory = new TemporaryDirectory();
      const { path } = directory;
      const opened = await coldLog(path, way, 400);
      const { store } = opened.log;
      const slots = slotsOf(opened);
      const kept = slots.filter((_, i) => i % 20 === 0);
      damage(opened, path, kept[1]!, 'body');
      for (const slot of slots) {
        if (kept.includes(slot)) continue;
        store.acknowledged(slot, 1);
        store.release(slot);
      }
      for (let i = 0; i < 50; i++) {
        store.compaction.schedule();
        await opened.commit.flushed();
        await turn();
      }
      assert.throws(() => contentOf(opened, kept[1]!), DamagedMessageError);
      for (const slot of kept) if (slot !== kept[1]) contentOf(opened, slot);
      await opened.log.close();
    });

    test('is noticed in a file of its own', async () => {
      using directory = new TemporaryDirectory();
      const { path } = directory;
      const opened = await coldLog(path, way, 2, 100_000);
      const [slot, other] = slotsOf(opened);
      overwrite(join(path, bodyFileName(opened.log.store.orderAt(slot!))), 5000, Buffer.from('!'));
      assert.throws(() => contentOf(opened, slot!), DamagedMessageError);
      assert.equal(contentOf(opened, other!).body.length, 100_000);
      assert.equal(opened.damages.length, 1);
      await opened.log.close();
    });

    for (const keptOctets of [0, 20_000]) {
      test(`is missed where its file is cut under the broker, to ${keptOctets} octets`, async () => {
        using directory = new TemporaryDirectory();
        const { path } = directory;
        const opened = await coldLog(path, way, 200);
        const { store } = opened.log;
        const slots = slotsOf(opened);
        for (const slot of slots) contentOf(opened, slot); // so that it is in memory, where there is room
        const segment = store.segments[store.slots.segment[slots[0]!]!]!;
        truncateSync(join(path, segmentName(segment)), keptOctets);
        await turn();
        const cut = slots.filter((slot) => store.segments[store.slots.segment[slot]!] === segment);
        const isMissing = (slot: number) => store.slots.offset[slot]! + BODY_OCTETS > keptOctets;
        if (way === undefined) store.segmentFiles.window.detach(segment);
        for (const slot of cut) {
          if (isMissing(slot)) assert.throws(() => contentOf(opened, slot), DamagedMessageError);
          else contentOf(opened, slot);
        }
        for (const slot of slots) if (!cut.includes(slot)) contentOf(opened, slot);
        if (way !== undefined) assert.equal(opened.damages[0]?.reason, 'cut off since the start');
        for (const slot of slots) store.release(slot);
        await opened.commit.flushed();
        assert.equal(store.messageCount, 0);
        await opened.log.close();
      });
    }

    test('is told of so many times, where a whole segment is damaged', async () => {
      using directory = new TemporaryDirectory();
      const { path } = directory;
      const opened = await coldLog(path, way, 40);
      const slots = slotsOf(opened);
      for (const slot of slots) damage(opened, path, slot, 'body');
      for (const slot of slots) assert.throws(() => contentOf(opened, slot), DamagedMessageError);
      assert.equal(opened.damages.length, 16);
      await opened.log.close();
    });
  });
}
