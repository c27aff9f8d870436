import { type TestContext, test } from 'node:test';
import { extent } from '#src/extent.test.helper.js';
import { reportProgress } from '../../support/progress.ts';
import { Random } from '../../support/random.ts';
import { JourneyTrial } from '../journeys/journey-trial.ts';
import type { Lives } from '../lives.ts';
import { Trial } from '../trial.ts';
import { Machine } from './power-cut-server.ts';

const { CRASH_SEED, POWER_CUT_HISTORIES } = process.env;
/** In all. A history waits most of the time, and so several happen at once. */
const HISTORIES = POWER_CUT_HISTORIES === undefined ? extent({ usual: 6, soak: 10_000 }) : Number(POWER_CUT_HISTORIES);
const AT_ONCE = 6;
const MOST_LIVES = 3;
/** So many are shown; a soak need not end with the first. */
const MOST_FAILURES = 20;
const REPORTED_HISTORIES = 100;
/** Of so many histories one is of messages that the broker takes from queue to queue; these take longer. */
const JOURNEYS_ONE_IN = 6;

/** Lives of brokers on one machine, the power of which is cut at any instant of them. */
async function history(seed: number, tally: Map<string, number>): Promise<void> {
  const random = new Random(seed);
  const machine = new Machine(new Random(random.below(2 ** 31)));
  const trial: Lives<unknown> = random.chance(JOURNEYS_ONE_IN)
    ? new JourneyTrial(() => machine.start(), seed)
    : new Trial(() => machine.start(), seed);
  try {
    for (let lives = 1 + random.below(MOST_LIVES); lives > 0; lives--) {
      await trial.live(random.chance(8) ? 'terminate' : 'power cut');
    }
    await trial.finish();
  } catch (error) {
    throw new Error(`with CRASH_SEED=${seed} POWER_CUT_HISTORIES=1: ${(error as Error).message}`, { cause: error });
  }
  for (const [event, count] of [...trial.ledger.tally, ...machine.tally])
    tally.set(event, (tally.get(event) ?? 0) + count);
}

test('a broker whose power is cut keeps its promises', async (t: TestContext) => {
  const firstSeed = CRASH_SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(CRASH_SEED);
  const tally = new Map<string, number>();
  const failures: Error[] = [];
  let begun = 0;
  const one = async () => {
    while (begun < HISTORIES && failures.length < MOST_FAILURES) {
      const seed = firstSeed + begun++;
      await history(seed, tally).catch((error: Error) => {
        failures.push(error);
        reportProgress(error.message);
      });
      if (begun % REPORTED_HISTORIES === 0) reportProgress(`${begun} histories, ${failures.length} failures`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, HISTORIES) }, one));
  const events = [...tally].map(([event, count]) => `${count} ${event}`).join(', ');
  t.diagnostic(`CRASH_SEED=${firstSeed}, ${begun} histories: ${events}`);
  if (failures.length > 0) throw new Error(failures.map(({ message }) => message).join('\n\n'));
});
