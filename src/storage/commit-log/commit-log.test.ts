import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { extent } from '../../extent.test.helper.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { loadNative } from '../disk/native.ts';
import { TemporaryDirectory } from '../disk/temporary-directory.test.helper.ts';
import { contentOf, type OpenedLog, openLog, SMALL_SEGMENT_OCTETS } from './commit-log.test.helper.ts';

const native = await loadNative();
const ENGINES = [
  { name: 'mapped', native },
  { name: 'plain files', native: undefined },
].filter(({ name }) => name !== 'mapped' || native !== undefined);

const Q1 = Int32Array.of(1);
const Q1_AND_Q2 = Int32Array.of(1, 2);

function append(opened: OpenedLog, key: string, size: number, queues = Q1): number {
  const parts = { routingKey: key, body: Buffer.alloc(size, key), properties: { deliveryMode: 2 } };
  const slot = opened.log.store.append(incomingMessage(parts), queues, 0);
  for (let i = 1; i < queues.length; i++) opened.log.store.retain(slot);
  return slot;
}

function acknowledge({ log: { store } }: OpenedLog, slot: number, queue: number): void {
  store.acknowledged(slot, queue);
  store.release(slot);
}

function keysOf(opened: OpenedLog, queue: number): string[] {
  return (opened.queues.get(queue) ?? []).map(({ slot }) => contentOf(opened, slot).key);
}

function diskOctets(path: string): number {
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).blocks * 512, 0);
}

for (const engine of ENGINES) {
  describe(`the commit log, ${engine.name}`, () => {
    test('messages are there after a restart, in order, as they were', async () => {
      using directory = new TemporaryDirectory();
      const { path } = directory;
      const first = openLog(path, engine.native);
      const sizes = [0, 1, 100, 16 * 1024, 16 * 1024 + 1, 20_000, 40_000, 3, 2_500_000, 7];
      for (const [i, size] of sizes.entries()) append(first, `m${i}`, size, i % 2 === 0 ? Q1 : Q1_AND_Q2);
      await first.log.close();
      const second = openLog(path, engine.native);
      assert.deepEqual(second.damages, []);
      assert.deepEqual(
        keysOf(second, 1),
        sizes.map((_, i) => `m${i}`),
      );
      assert.deepEqual(keysOf(second, 2), ['m1', 'm3', 'm5', 'm7', 'm9']);
      for (const [i, { slot }] of second.queues.get(1)!.entries()) {
        assert.ok(contentOf(second, slot).body.equals(Buffer.alloc(sizes[i]!, `m${i}`)), `body of m${i}`);
      }
      await second.log.close();
    });

    test('what was acknowledged stays away, what was delivered is known', async () => {
      using directory = new TemporaryDirectory();
      const { path } = directory;
      const first = openLog(path, engine.native);
      const slots = Array.from({ length: 10 }, (_, i) => append(first, `m${i}`, 100, Q1_AND_Q2));
      for (const slot of slots.slice(0, 5)) first.log.store.delivered(slot, 1, true);
      acknowledge(first, slots[0]!, 1);
      acknowledge(first, slots[2]!, 1);
      acknowledge(first, slots[9]!, 2);
      await first.log.close();
      const second = openLog(path, engine.native);
      assert.deepEqual(keysOf(second, 1), ['m1', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9']);
      assert.deepEqual(
        second.queues.get(1)!.map(({ isRedelivered }) => isRedelivered),
        [true, true, true, false, false, false, false, false],
      );
      assert.equal(keysOf(second, 2).length, 9);
      assert.equal(
        second.queues.get(2)!.some(({ isRedelivered }) => isRedelivered),
        false,
      );
      await second.log.close();
    });

    test('the disk holds twice what is alive and four segments at most, with a straggler in every segment', async () => {
      using directory = new TemporaryDirectory();
      const { path } = directory;
      const first = openLog(path, engine.native);
      const waiting: number[] = [];
      const stragglers: string[] = [];
      const COUNT = extent({ usual: 6000, soak: 50_000 });
      let worst = 0;
      for (let i = 0; i < COUNT; i++) {
        const slot = append(first, `m${i}`, 500);
        if (i % 100 === 0) stragglers.push(`m${i}`);
        else waiting.push(slot);
        if (waiting.length > 50) acknowledge(first, waiting.shift()!, 1);
        if (i % 20 !== 0) continue;
        await first.commit.flushed();
        await new Promise((resolve) => setImmediate(resolve));
        worst = Math.max(worst, diskOctets(path) - 2 * first.log.store.liveOctets);
      }
      for (const slot of waiting) acknowledge(first, slot, 1);
      assert.ok(worst <= 4 * SMALL_SEGMENT_OCTETS, `${worst / SMALL_SEGMENT_OCTETS} segments more`);
      await first.log.close();
      const second = openLog(path, engine.native);
      assert.deepEqual(second.damages, []);
      assert.deepEqual(keysOf(second, 1), stragglers);
      await second.log.close();
    });
  });
}

test('a message too many is refused before anything of it is written', async () => {
  using directory = new TemporaryDirectory();
  const opened = openLog(directory.path, native);
  const { store } = opened.log;
  Object.assign(store.slots, { maxSlots: 1024 });
  const slots = Array.from({ length: 1024 }, (_, i) => append(opened, `m${i}`, 10));
  assert.equal(store.slotUse, 1);
  const { nextOrder, liveOctets } = store;
  const large = SMALL_SEGMENT_OCTETS; // its body would be in a file of its own
  assert.throws(() => append(opened, 'one too many', large), { replyCode: 506 });
  assert.deepEqual([store.nextOrder, store.liveOctets, store.messageCount], [nextOrder, liveOctets, 1024]);
  acknowledge(opened, slots[3]!, 1);
  append(opened, 'again', large);
  await opened.log.close();
  const again = openLog(directory.path, native);
  assert.equal(again.queues.get(1)!.length, 1024);
  assert.ok(keysOf(again, 1).includes('again'));
  await again.log.close();
});
