import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { incomingMessage } from '../protocol/message.test.helper.ts';
import { Arena } from '../storage/arena.ts';
import { MemoryStore } from '../storage/memory-store.ts';
import type { MessageStore } from '../storage/message-store.ts';
import { MemoryAlarm } from './memory-alarm.ts';

const MIB = 1024 * 1024;

describe('the alarm', () => {
  for (const limitMib of [1, 4, 50]) {
    test(`rings above ${limitMib} MiB of messages, and is over once they are gone`, () => {
      const store = new MemoryStore(new Arena());
      const alarm = new MemoryAlarm(store, limitMib * MIB);
      const calls: string[] = [];
      const slots: number[] = [];
      const body = Buffer.alloc(10_000);
      for (let size = 0; size < limitMib * MIB - MIB / 2; size += body.length) {
        slots.push(store.hold(incomingMessage({ body })));
        alarm.check();
      }
      assert.equal(alarm.isRaised, false);
      for (let i = 0; i < 200; i++) slots.push(store.hold(incomingMessage({ body })));
      alarm.check();
      assert.equal(alarm.isRaised, true);
      alarm.wait({ memoryFreed: () => calls.push('first') });
      const second = { memoryFreed: () => calls.push('second') };
      alarm.wait(second);
      alarm.forget(second);
      alarm.check();
      assert.deepEqual(calls, []);
      for (const slot of slots) {
        store.release(slot);
        alarm.check();
      }
      assert.deepEqual([alarm.isRaised, calls], [false, ['first']]);
    });
  }
});

test('who is told that it is over may be held up again at once', () => {
  const store = { occupiedOctets: 11 };
  const alarm = new MemoryAlarm(store as MessageStore, 10);
  alarm.check();
  let calls = 0;
  const listener = {
    memoryFreed: () => {
      calls++;
      alarm.wait(listener);
    },
  };
  alarm.wait(listener);
  store.occupiedOctets = 9;
  alarm.check();
  assert.equal(calls, 1);
});
