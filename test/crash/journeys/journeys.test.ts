import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BrokerProcess } from '../../support/broker-process.ts';
import { JourneyTrial } from './journey-trial.ts';

const { CRASH_SEED, CRASH_ARGS = '--storage auto', SOAK_ROUNDS = '2' } = process.env;
/** How often each broker is killed. */
const ROUNDS = Number(SOAK_ROUNDS);
const STOPS_PER_KILL = 0.2;

for (const ending of ['kill', 'terminate'] as const) {
  const rounds = ending === 'kill' ? ROUNDS : Math.ceil(ROUNDS * STOPS_PER_KILL);
  const how = ending === 'kill' ? 'killed' : 'stopped';
  test(`messages that the broker takes from queue to queue arrive, even if it is ${how} under load`, async (t) => {
    const seed = CRASH_SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(CRASH_SEED);
    t.diagnostic(`CRASH_SEED=${seed} CRASH_ARGS='${CRASH_ARGS}'`);
    const directory = mkdtempSync(join(tmpdir(), 'leveret-crash-'));
    try {
      const command = ['--data-dir', directory, ...CRASH_ARGS.split(' ').filter((arg) => arg !== '')];
      const trial = new JourneyTrial(() => BrokerProcess.start(command), seed);
      for (let round = 0; round < rounds; round++) await trial.live(ending);
      await trial.finish();
      t.diagnostic([...trial.ledger.tally].map(([event, count]) => `${count} ${event}`).join(', '));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
}
