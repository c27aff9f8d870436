import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SILENT_LOGGER } from '../../observe/logger.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import { HeapGauge } from './heap-gauge.ts';
import { MemoryAlarm } from './memory-alarm.ts';
import { ResourceAlarms } from './resource-alarms.ts';

const MIB = 1024 * 1024;

describe('the alarm', () => {
  for (const limitMib of [1, 4, 50]) {
    test(`rings above ${limitMib} MiB of messages, and is over once they are gone`, () => {
      const store = new MemoryStore(new Arena());
      const alarms = new ResourceAlarms();
      const alarm = new MemoryAlarm(alarms, store, limitMib * MIB, SILENT_LOGGER);
      const calls: string[] = [];
      const slots: number[] = [];
      const body = Buffer.alloc(10_000);
      for (let size = 0; size < (0.95 * limitMib - 0.6) * MIB; size += body.length) {
        slots.push(store.keepCopy(incomingMessage({ body })));
        alarm.check();
      }
      assert.equal(alarm.isRaised, false);
      for (let i = 0; i < 500; i++) slots.push(store.keepCopy(incomingMessage({ body })));
      alarm.check();
      assert.equal(alarm.isRaised, true);
      alarms.wait({ alarmsOver: () => calls.push('over') });
      alarm.check();
      assert.deepEqual(calls, []);
      for (const slot of slots) {
        store.release(slot);
        alarm.check();
      }
      assert.deepEqual([alarms.isRaised, calls], [false, ['over']]);
    });
  }
});

test('the alarm rings when nearly all slots are taken, and there is room for what has begun', () => {
  const store = new MemoryStore(new Arena(), undefined, undefined, 2000);
  const alarms = new ResourceAlarms();
  const alarm = new MemoryAlarm(alarms, store, 50 * MIB, SILENT_LOGGER);
  const slots: number[] = [];
  while (!alarm.isRaised) {
    slots.push(store.keepCopy(incomingMessage()));
    alarm.check();
  }
  assert.ok(slots.length > 1700 && slots.length < 1800, `${slots.length} messages`);
  for (let i = 0; i < 200; i++) store.release(slots.pop()!);
  alarm.check();
  assert.equal(alarms.isRaised, false);
  alarm.stop();
});

test('the alarm rings when the heap is short, and pages nothing out for that', () => {
  const pagedOut: number[] = [];
  const pageOut = (octets: number) => pagedOut.push(octets);
  const store = { occupiedOctets: 10, indexOctets: 0, slotUse: 0, pageOut } as unknown as MessageStore;
  const alarms = new ResourceAlarms();
  const heap = Object.assign(new HeapGauge(), { look: () => undefined });
  const alarm = new MemoryAlarm(alarms, store, MIB, SILENT_LOGGER, heap);
  heap.isShort = true;
  alarm.check();
  assert.deepEqual([alarm.isRaised, alarms.reason], [true, 'low on memory']);
  heap.isShort = false;
  alarm.check();
  assert.deepEqual([alarm.isRaised, pagedOut], [false, []]);
});

test('a limit that is changed holds at once', () => {
  const store = { occupiedOctets: 10, indexOctets: 0, slotUse: 0, pageOut: () => 0 } as unknown as MessageStore;
  const alarm = new MemoryAlarm(new ResourceAlarms(), store, MIB, SILENT_LOGGER);
  alarm.setLimit(0);
  assert.equal(alarm.isRaised, true);
  alarm.setLimit(MIB);
  assert.equal(alarm.isRaised, false);
});
