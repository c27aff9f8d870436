// Compares Leveret with the RabbitMQ at AMQP_URL and MANAGEMENT_URL. scripts/test-differential.mjs starts one, and says what the
// options are.
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { Examination } from './examination.ts';
import { Leveret } from './leveret.ts';
import type { Plan } from './plan.ts';
import { plans } from './plans.ts';

/** Small enough that a plan's path in its batch stays short. */
const RUNS_PER_BATCH = 40;
/** A sequence that has been made smaller for so long is small enough. */
const SHRINKING_LIMIT_MS = 240_000;
const REPORT_INTERVAL_MS = 120_000;

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    'least-runs': { type: 'string', default: '100' },
    seed: { type: 'string' },
    path: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  using data = new TemporaryDataDirectory();
  await using inMemory = await Leveret.start();
  await using stored = await Leveret.start({ dataDir: data.path });
  const rabbitmq = { amqp: addressIn('AMQP_URL'), management: addressIn('MANAGEMENT_URL') };
  const examination = new Examination(rabbitmq, inMemory, stored);
  const deadlineMs = performance.now() + Number(options.minutes) * 60_000;
  const isOver = () => performance.now() > deadlineMs && examination.compared >= Number(options['least-runs']);
  const failures = options.path === undefined ? await runBatches(examination, isOver) : await runOne(examination);
  console.log(`${examination.summary} Differences: ${failures}.`);
  return failures === 0 ? 0 : 1;
}

function addressIn(variable: string): string {
  const address = process.env[variable];
  if (address === undefined) throw new Error(`${variable} is not set: use npm run test:differential`);
  return address;
}

/** @returns how many of the batches had a difference; without --keep-going the first one ends it */
async function runBatches(examination: Examination, isOver: () => boolean): Promise<number> {
  let failures = 0;
  let seed = options.seed === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(options.seed);
  let nextReportMs = performance.now() + REPORT_INTERVAL_MS;
  console.log(`Comparing, seeds from ${seed} ...`);
  while (!isOver() && (failures === 0 || options['keep-going'])) {
    if (await hasDifference(examination, { seed: seed++, numRuns: RUNS_PER_BATCH }, isOver)) failures++;
    if (performance.now() > nextReportMs) {
      console.log(examination.summary);
      nextReportMs = performance.now() + REPORT_INTERVAL_MS;
    }
  }
  return failures;
}

async function runOne(examination: Examination): Promise<number> {
  const parameters = { seed: Number(options.seed), path: options.path!, endOnFailure: true, numRuns: 1 };
  return (await hasDifference(examination, parameters, () => false)) ? 1 : 0;
}

/** Prints the smallest sequence that shows a difference, and how to have it again. */
async function hasDifference(
  examination: Examination,
  parameters: fc.Parameters<[Plan]> & { readonly seed: number },
  isOver: () => boolean,
): Promise<boolean> {
  let report: string | undefined;
  let limitMs = Number.POSITIVE_INFINITY;
  const property = fc.asyncProperty(plans, async (plan) => {
    if (report === undefined ? isOver() : performance.now() > limitMs) return;
    const difference = await examination.examine(plan);
    if (difference === undefined) return;
    if (report === undefined) limitMs = performance.now() + SHRINKING_LIMIT_MS;
    report = difference;
    throw new Error('the brokers differ');
  });
  const { failed, counterexamplePath } = await fc.check(property, parameters);
  if (!failed) return false;
  console.log(`\n${report}\n\nnpm run test:differential -- --seed ${parameters.seed} --path ${counterexamplePath}\n`);
  return true;
}
