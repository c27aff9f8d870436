import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { EventStream } from './event-stream.ts';

test('nothing is asked for while the peer does not read, and the source is closed once it has gone', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let [taken, closed] = [0, 0];
  const stream = new EventStream({
    isAllowed: () => true,
    take: () => ({ number: ++taken, filling: 'x'.repeat(20_000) }),
    close: () => closed++,
  });
  t.mock.timers.tick(200 * 100);
  assert.equal(taken, 4); // which fill 64 KiB
  while (stream.read() !== null); // Node 26 gives one part at a time, earlier versions all
  await new Promise(setImmediate);
  t.mock.timers.tick(200);
  assert.equal(taken, 5);
  stream.destroy();
  await once(stream, 'close');
  t.mock.timers.tick(2000);
  assert.deepEqual([taken, closed], [5, 1]);
});

test('a peer that has nothing to read hears so now and then, and nothing more when it may not look on', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let isAllowed = true;
  const stream = new EventStream({ isAllowed: () => isAllowed, take: () => undefined, close: () => undefined });
  t.mock.timers.tick(15_000);
  isAllowed = false;
  t.mock.timers.tick(200);
  let text = '';
  for await (const part of stream) text += part;
  assert.equal(text, ': open\n\n: quiet\n\n');
});
