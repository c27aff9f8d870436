import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBroker } from 'leveret';
import { fuzz } from '../fuzz/fuzz-run.ts';
import { atEnd, brokerUrl } from '../support/broker.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { type Plan, plans } from '../support/mix/plan.ts';
import { Player } from '../support/mix/player.ts';
import { difference } from '../support/mix/transcript.ts';
import { uniqueName } from '../support/scenario.ts';

/** A difference must be seen with each of these before it counts: the first ones are for what needs time to happen. */
const PAUSES_MS = [3, 3, 40, 120];

const data = new TemporaryDataDirectory();
const stored = await startBroker({ port: 0, dataDir: data.path });
atEnd(async () => {
  await stored.close();
  data[Symbol.dispose]();
});

function play(url: string, plan: Plan, pauseMs: number): Promise<string[]> {
  return Player.play(url, plan, `${uniqueName('mix')}.`, pauseMs);
}

async function assertSame(plan: Plan): Promise<void> {
  for (const [i, pauseMs] of PAUSES_MS.entries()) {
    const [expected, found] = await Promise.all([play(brokerUrl, plan, pauseMs), play(stored.url, plan, pauseMs)]);
    if (expected.join('\n') === found.join('\n')) return;
    if (i === PAUSES_MS.length - 1) assert.fail(`${difference(expected, found)}\n${JSON.stringify(plan)}`);
  }
}

test('whatever features are mixed, clients see the same as with a Leveret that has a data directory', async (t) => {
  await fuzz(t, plans, assertSame);
});
