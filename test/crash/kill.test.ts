import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BrokerProcess } from '../support/broker-process.ts';
import { Trial } from './trial.ts';

const { CRASH_SEED, CRASH_ARGS, SOAK_ROUNDS = '3' } = process.env;
/** How often each broker is killed. */
const ROUNDS = Number(SOAK_ROUNDS);
const STOPS_PER_KILL = 0.2;
/** CRASH_ARGS takes the place of both. */
const ARGUMENTS = CRASH_ARGS === undefined ? ['--storage auto', '--storage files'] : [CRASH_ARGS];

/** Lives of a broker on one directory, each of which ends so. */
async function survives(t: TestContext, ending: 'kill' | 'terminate', rounds: number, args: string): Promise<void> {
  const seed = CRASH_SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(CRASH_SEED);
  t.diagnostic(`CRASH_SEED=${seed} CRASH_ARGS='${args}'`);
  const directory = mkdtempSync(join(tmpdir(), 'leveret-crash-'));
  try {
    const command = ['--data-dir', directory, ...args.split(' ').filter((arg) => arg !== '')];
    const trial = new Trial(() => BrokerProcess.start(command), seed);
    for (let round = 0; round < rounds; round++) await trial.live(ending);
    await trial.finish();
    t.diagnostic([...trial.ledger.tally].map(([event, count]) => `${count} ${event}`).join(', '));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

for (const args of ARGUMENTS) {
  test(`a broker that is killed under load keeps its promises (${args})`, (t) => survives(t, 'kill', ROUNDS, args));
  test(`so does one that is stopped under load (${args})`, (t) =>
    survives(t, 'terminate', Math.ceil(ROUNDS * STOPS_PER_KILL), args));
}
