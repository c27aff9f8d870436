import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerProcess, MIB, SKIP } from '../support/broker-process.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { reportProgress } from '../support/progress.ts';
import { flatness } from './flatness.ts';
import { Soak } from './soak.ts';
import { type Figures, SoakedBroker } from './soaked-broker.ts';

const { SOAK, SOAK_MINUTES = '30', CRASH_SEED } = process.env;
const SKIPPED = SOAK === undefined ? 'npm run test:soak, for SOAK_MINUTES' : SKIP;
/** A line through fewer samples says nothing. */
const LEAST_SAMPLES = 12;
const REPORTED_CYCLES = 5;

/** How much each may grow over the last two thirds of the time. A leak of one object a message would be far more. */
const ALLOWED_GROWTH: Readonly<Record<keyof Figures, number>> = {
  rssOctets: 32 * MIB,
  heapOctets: 4 * MIB,
  descriptors: 4,
  diskOctets: 64 * MIB, // four segments
};

test('after a long time of mixed traffic the ledger is exact, and the broker takes no more than before', {
  skip: SKIPPED,
}, async (t) => {
  const seed = CRASH_SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(CRASH_SEED);
  reportProgress(`CRASH_SEED=${seed} SOAK_MINUTES=${SOAK_MINUTES}`);
  using data = new TemporaryDataDirectory();
  await using broker = await BrokerProcess.start(['--data-dir', data.path, '--management-port', '0']);
  const soak = new Soak(new SoakedBroker(broker, data.path), broker.url, seed);
  await soak.begin();
  const { samples, ledger } = soak;
  while (soak.elapsedS < Number(SOAK_MINUTES) * 60) {
    await soak.cycle();
    if (samples.length % REPORTED_CYCLES === 1)
      reportProgress(`${soak.elapsedS.toFixed(0)} s: ${JSON.stringify(samples.at(-1))}`);
  }
  await broker.terminate();
  for (const { queue, confirmed, found, text } of ledger.balances()) {
    t.diagnostic(`${queue}: ${text}`);
    assert.equal(found, confirmed, `acknowledged or left in ${queue}`);
  }
  if (samples.length < LEAST_SAMPLES) return;
  const grown: string[] = [];
  for (const [name, allowed] of Object.entries(ALLOWED_GROWTH) as [keyof Figures, number][]) {
    const series = samples.map((sample) => ({ atS: sample.atS, value: sample[name] }));
    const { isFlat, growth, error, mean } = flatness(series, allowed);
    const text = `${name}: ${Math.round(mean)} on average, grown by ${Math.round(growth)} (±${Math.round(error)})`;
    t.diagnostic(`${text}, ${allowed} are allowed`);
    if (!isFlat) grown.push(text);
  }
  assert.deepEqual(grown, []);
});
