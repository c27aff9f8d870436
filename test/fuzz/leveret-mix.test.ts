import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, SILENT_LOGGER } from '#src/observe/log.js';
import { atEnd } from '../support/broker.ts';
import { BrokerInside } from '../support/broker-inside.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { leveretPlans } from '../support/mix/leveret-plan.ts';
import { Operator } from '../support/mix/operator.ts';
import type { Plan } from '../support/mix/plan.ts';
import { Player } from '../support/mix/player.ts';
import { difference } from '../support/mix/transcript.ts';
import { uniqueName } from '../support/scenario.ts';
import { fuzz } from './fuzz-run.ts';

/** As in feature-mix.test.ts: a difference must be seen with each of these before it counts. */
const PAUSES_MS = [3, 20, 120];
/** Deleted queues release their messages in slices. */
const RELEASE_LIMIT_MS = 5000;

/** What was logged as an error: clients and operators, whatever they do, must cause none. */
const faults: unknown[] = [];
const log: Logger = { ...SILENT_LOGGER, child: () => log, error: (fields: unknown) => void faults.push(fields) };
const data = new TemporaryDataDirectory();
const inMemory = await BrokerInside.start({}, log);
const stored = await BrokerInside.start({ dataDir: data.path }, log);
atEnd(async () => {
  await inMemory[Symbol.asyncDispose]();
  await stored[Symbol.asyncDispose]();
  data[Symbol.dispose]();
});

function play(broker: BrokerInside, plan: Plan, pauseMs: number): Promise<string[]> {
  return Player.play(broker.url(), plan, `${uniqueName('mix')}.`, pauseMs, new Operator(broker.administration));
}

async function assertSame(plan: Plan): Promise<void> {
  for (const [i, pauseMs] of PAUSES_MS.entries()) {
    const [expected, found] = await Promise.all([play(inMemory, plan, pauseMs), play(stored, plan, pauseMs)]);
    if (expected.join('\n') === found.join('\n')) return;
    if (i === PAUSES_MS.length - 1) assert.fail(`${difference(expected, found)}\n${JSON.stringify(plan)}`);
  }
}

/** Only what came in this run counts: a message that a run has left must not make smaller plans look guilty. */
class Leftovers {
  private readonly broker: BrokerInside;
  private readonly before: number;

  constructor(broker: BrokerInside) {
    this.broker = broker;
    this.before = broker.context.store.messageCount;
  }

  async assertNone(): Promise<void> {
    const { store, memoryAlarm } = this.broker.context;
    const deadlineMs = performance.now() + RELEASE_LIMIT_MS;
    while (store.messageCount > this.before && performance.now() < deadlineMs) await sleep(1);
    assert.ok(store.messageCount <= this.before, `${store.messageCount - this.before} messages that no queue has`);
    assert.equal(memoryAlarm.unfinishedOctets, 0, 'messages that were never complete');
  }
}

test('whatever is mixed with operations and breaking connections, a data directory makes no difference', async (t) => {
  await fuzz(t, leveretPlans, async (plan) => {
    faults.length = 0;
    const leftovers = [inMemory, stored].map((broker) => new Leftovers(broker));
    await assertSame(plan);
    for (const left of leftovers) await left.assertNone();
    assert.deepEqual(faults, []);
  });
});
