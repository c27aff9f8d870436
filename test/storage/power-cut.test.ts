import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { DISK_OPERATIONS } from '#src/storage/disk/disk-faults.test.helper.js';
import { loadNative } from '#src/storage/disk/native.js';
import { FUZZ_MS, fuzzSeed } from '../fuzz/fuzz-run.ts';
import { Random } from '../support/random.ts';
import { type Machine, MappedMachine, PlainMachine } from './machine.ts';
import { MessageModel } from './message-model.ts';
import { StoreLife } from './store-life.ts';
import { type Life, lives } from './store-steps.ts';

const native = await loadNative();
const directory = mkdtempSync(join(tmpdir(), 'leveret-'));
after(() => rmSync(directory, { recursive: true }));

/** Histories grow from run to run: a few at a time, and all of them are seen. */
const RUNS_A_SEED = 20;
/** So long at most a failing history is made smaller. */
const SHRINK_LIMIT_MS = 10_000;
const SEGMENT_SIZES = [64 * 1024, 128 * 1024];

/** Lives one machine's lives, each on what the one before has left on disk. */
async function live(machine: Machine, lives: readonly Life[], segmentSizeOctets: number): Promise<void> {
  const model = new MessageModel();
  let current = machine;
  let end: Life['end'] = 'close';
  for (const life of [...lives, LAST_LIFE]) {
    const random = new Random(life.seed);
    if (life.recoveryCutAt !== undefined) {
      current = await recoverInVain(current, model, random, segmentSizeOctets, life.recoveryCutAt);
      end = 'power cut';
    }
    current.disk.holdsSyncs = true;
    const store = new StoreLife(current, model, random, segmentSizeOctets);
    store.recover(end);
    for (const step of life.steps) await store.do(step);
    if (life.end === 'close') await store.close();
    store.end();
    const dead = current;
    current = life.end === 'power cut' ? dead.afterPowerCut(random) : dead.afterKill();
    if (life.end !== 'close') await store.bury();
    end = life.end;
  }
}

const LAST_LIFE: Life = { steps: [], end: 'close', seed: 0, recoveryCutAt: undefined };

/** The power is cut once more, when recovery has called the disk so often, or at its end. */
async function recoverInVain(
  machine: Machine,
  model: MessageModel,
  random: Random,
  segmentSizeOctets: number,
  cutAt: number,
): Promise<Machine> {
  let calls = 0;
  const when = () => ++calls >= cutAt;
  machine.disk.faults.plan(...DISK_OPERATIONS.map((on) => ({ on, code: 'EIO' as const, when })));
  let store: StoreLife | undefined;
  try {
    store = new StoreLife(machine, model, random, segmentSizeOctets);
    store.recoverInVain();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EIO') throw error;
  }
  const found = machine.afterPowerCut(random);
  machine.disk.faults.clear();
  await store?.bury();
  return found;
}

const modes = [
  { name: 'plain files', isSkipped: false, newMachine: () => new PlainMachine() },
  { name: 'mapped files', isSkipped: native === undefined, newMachine: () => new MappedMachine(native!, directory) },
];

const { FUZZ_SEED, FUZZ_SECONDS } = process.env;
/** Without being asked for others, always the same histories are tried, so that a failure is what a change has done. */
const USUAL_SEED = 5000;

describe('over many crashes, what was reported is there, whole and in order, and nothing else', () => {
  for (const { name, isSkipped, newMachine } of modes) {
    test(name, { skip: isSkipped }, async (t) => {
      const property = fc.asyncProperty(lives, fc.constantFrom(...SEGMENT_SIZES), (lives, segmentSizeOctets) =>
        live(newMachine(), lives, segmentSizeOctets),
      );
      const firstSeed = FUZZ_SEED === undefined && FUZZ_SECONDS === undefined ? USUAL_SEED : fuzzSeed(t);
      const untilMs = performance.now() + FUZZ_MS;
      let seed = firstSeed;
      for (; performance.now() < untilMs; seed++) {
        await fc.assert(property, {
          seed,
          numRuns: RUNS_A_SEED,
          includeErrorInReport: true,
          interruptAfterTimeLimit: SHRINK_LIMIT_MS,
        });
      }
      t.diagnostic(`FUZZ_SEED=${firstSeed}, ${(seed - firstSeed) * RUNS_A_SEED} runs`);
    });
  }
});
