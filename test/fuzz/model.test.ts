import { after, test } from 'node:test';
import fc from 'fast-check';
import { fuzz } from './fuzz-run.ts';
import { World } from './model-world.ts';
import { ObservedServer } from './observed-server.ts';
import { operations } from './operations.ts';

const server = await ObservedServer.start();
after(() => server.close());

test('a broker does what a simple model of AMQP does, whatever clients do', async (t) => {
  await fuzz(t, fc.commands(operations, { maxCommands: 80, size: 'max' }), async (commands) => {
    const world = await World.open(server);
    try {
      await fc.asyncModelRun(() => ({ model: world.model, real: world }), commands);
    } finally {
      await world.close();
    }
    await server.assertClean();
  });
});
