import { after, test } from 'node:test';
import fc from 'fast-check';
import { FUZZ_MS, fuzzSeed } from './fuzz-run.ts';
import { World } from './model-world.ts';
import { ObservedServer } from './observed-server.ts';
import { operations } from './operations.ts';

const server = await ObservedServer.start();
after(() => server.close());

test('a broker does what a simple model of AMQP does, whatever clients do', async (t) => {
  const seed = fuzzSeed();
  t.diagnostic(`FUZZ_SEED=${seed}`);
  let runs = 0;
  const property = fc.asyncProperty(fc.commands(operations, { maxCommands: 80, size: 'max' }), async (commands) => {
    const world = await World.open(server);
    try {
      await fc.asyncModelRun(() => ({ model: world.model, real: world }), commands);
    } finally {
      await world.close();
    }
    await server.assertClean();
    runs++;
  });
  await fc.assert(property, {
    seed,
    numRuns: 1_000_000,
    interruptAfterTimeLimit: FUZZ_MS,
    markInterruptAsFailure: false,
  });
  t.diagnostic(`${runs} runs`);
});
