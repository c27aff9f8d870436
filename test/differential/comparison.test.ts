import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { extent } from '#src/extent.test.helper.js';
import { fuzzSeed } from '../fuzz/fuzz-run.ts';
import { Comparison } from './comparison.ts';
import { Leveret } from './leveret.ts';
import type { Plan, Step } from './plan.ts';
import { plans } from './plans.ts';

const SMALL_OCTETS = 20;
const one = await Leveret.start();
const same = await Leveret.start();
const other = await Leveret.start({ maxMessageSizeOctets: SMALL_OCTETS });
after(async () => {
  for (const broker of [one, same, other]) await broker[Symbol.asyncDispose]();
});

test('brokers that are the same do not differ, whatever is done', async (t) => {
  const property = fc.asyncProperty(plans, async (plan) => {
    const difference = await Comparison.play(plan, [one.addresses, same.addresses]);
    assert.deepEqual(difference?.found, difference?.expected, difference?.script.join('\n'));
    assert.deepEqual([...one.takeFaults(), ...same.takeFaults()], []);
  });
  await fc.assert(property, {
    seed: fuzzSeed(t),
    numRuns: extent({ usual: 4, soak: 300 }),
    includeErrorInReport: true,
  });
});

test('what one broker does otherwise is found where it happens', async () => {
  const plan = planOf(publishing(SMALL_OCTETS), publishing(SMALL_OCTETS + 1), publishing(SMALL_OCTETS));
  const difference = await Comparison.play(plan, [one.addresses, other.addresses]);
  assert.ok(difference !== undefined);
  assert.match(difference.script.at(-1)!, /publish exchange="" key="q0" body="m1\.+"$/);
  assert.deepEqual(difference.expected, ['q0: 2 ready, 0 consumers', ...emptyQueues('q1', 'q2', 'q3')]);
  assert.match(difference.found[0]!, /^channel 0: channel.close replyCode=406 /);
  assert.deepEqual(difference.found.slice(1), ['q0: 1 ready, 0 consumers', ...emptyQueues('q1', 'q2', 'q3')]);
});

function planOf(...steps: readonly Step[]): Plan {
  const queue = { durable: false, autoDelete: false, exclusive: false, arguments: {} };
  const exchange = { type: 'direct', autoDelete: false, internal: false, arguments: {} };
  return {
    isStored: false,
    queues: { q0: queue, q1: queue, q2: queue, q3: queue },
    exchanges: { e0: exchange, e1: exchange, e2: exchange },
    bindings: [],
    policies: [],
    permissions: undefined,
    steps,
  };
}

function publishing(bodyOctets: number): Step {
  const properties = { deliveryMode: undefined, expiration: undefined, priority: undefined, headers: {} };
  return { do: 'publish', line: 0, exchange: '', key: 'q0', bodyOctets, mandatory: false, ...properties };
}

function emptyQueues(...names: readonly string[]): string[] {
  return names.map((name) => `${name}: 0 ready, 0 consumers`);
}
