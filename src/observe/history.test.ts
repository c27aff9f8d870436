import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { History, HistoryMemory } from './history.ts';

const FIVE_SECONDS = { intervalMs: 5000, spanMs: 60_000 };
const A_MINUTE = { intervalMs: 60_000, spanMs: 600_000 };
const PLENTY = new HistoryMemory(1e9);

function recorded(values: readonly number[], memory = PLENTY): { history: History; lastMs: number } {
  const history = new History(1, [FIVE_SECONDS, A_MINUTE], memory);
  values.forEach((value, i) => {
    history.record((i + 1) * 5000, Float64Array.of(value));
  });
  return { history, lastMs: values.length * 5000 };
}

test('the rate is what came between the last two samples, per second', () => {
  const { history, lastMs } = recorded([0, 10, 60]);
  assert.equal(history.rate(0, lastMs), 10);
  assert.equal(history.rate(0, lastMs + 5000), 0); // nothing has changed, and nothing is noted
});

test('it is known since when nothing has changed', () => {
  const { history } = recorded([3, 7, 7, 7]);
  assert.equal(history.unchangedSinceMs(Float64Array.of(7)), 10_000);
  assert.equal(history.unchangedSinceMs(Float64Array.of(8)), undefined);
  assert.equal(recorded([]).history.unchangedSinceMs(Float64Array.of(0)), undefined);
});

test('samples are given the newest first, 0 where there were none yet', () => {
  const { history, lastMs } = recorded([3, 7]);
  assert.deepEqual(history.samples(0, { ageMs: 15_000, incrementMs: 5000 }, lastMs), [
    { sample: 7, timestamp: 10_000 },
    { sample: 3, timestamp: 5000 },
    { sample: 0, timestamp: 0 },
    { sample: 0, timestamp: -5000 },
  ]);
});

test('of a time further back samples are further apart', () => {
  const { history, lastMs } = recorded(Array.from({ length: 48 }, (_, i) => i + 1));
  assert.deepEqual(history.samples(0, { ageMs: 180_000, incrementMs: 5000 }, lastMs), [
    { sample: 48, timestamp: 240_000 },
    { sample: 36, timestamp: 180_000 },
    { sample: 24, timestamp: 120_000 },
    { sample: 12, timestamp: 60_000 },
  ]);
});

test('however much is asked for, no more is given than is kept', () => {
  const { history, lastMs } = recorded([1, 2, 3]);
  assert.equal(history.samples(0, { ageMs: 1e12, incrementMs: 1 }, lastMs).length, 11);
});

test('without memory to share the last minute is remembered, and what it has is given back', () => {
  const memory = new HistoryMemory(0);
  const { history, lastMs } = recorded(
    Array.from({ length: 100 }, (_, i) => i),
    memory,
  );
  assert.equal(history.samples(0, { ageMs: 60_000, incrementMs: 5000 }, lastMs).at(-1)!.sample, 99 - 12);
  const shared = new HistoryMemory(200);
  recorded(
    Array.from({ length: 14 }, (_, i) => i),
    shared,
  ).history.close();
  assert.ok(shared.take(200));
});

test('whatever is recorded, the values of the time that is kept are found again', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 60 }), (values) => {
      const { history, lastMs } = recorded(values);
      const samples = history.samples(0, { ageMs: 60_000, incrementMs: 5000 }, lastMs);
      for (const { sample, timestamp } of samples) assert.equal(sample, values[timestamp / 5000 - 1] ?? 0);
    }),
  );
});
