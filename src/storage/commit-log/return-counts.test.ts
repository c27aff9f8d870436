import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Restored } from './commit-log.test.helper.ts';
import { contentOf } from './commit-log.test.helper.ts';
import { Session } from './disk-session.test.helper.ts';

/** What the queue has got back: how often each message had come back to it before, with an R for what was delivered. */
function returnsOf({ opened }: Session): Map<string, string> {
  const mark = ({ isRedelivered, returnCount }: Restored) => `${returnCount}${isRedelivered ? 'R' : ''}`;
  const restored = opened.queues.get(1) ?? [];
  return new Map(restored.map((one) => [contentOf(opened, one.slot).key, mark(one)]));
}

function giveBack(session: Session, key: string, count: number): void {
  for (let i = 0; i < count; i++) session.store.returned(session.held.get(key)!, 1);
}

describe('how often a message came back', () => {
  for (const how of ['kill', 'power cut'] as const) {
    test(`is known after a ${how}`, async () => {
      const first = new Session();
      first.publishMany(5);
      giveBack(first, 'm1', 1);
      giveBack(first, 'm3', 2);
      await first.settle();
      if (how === 'power cut') {
        first.store.acknowledgements.sync();
        await first.opened.commit.flushed();
      }
      const second = first.restarted(how);
      assert.deepEqual(returnsOf(second), new Map(Object.entries({ m0: '0', m1: '1R', m2: '0', m3: '2R', m4: '0' })));
      giveBack(second, 'm3', 3);
      await second.settle();
      assert.equal(returnsOf(second.restarted('kill')).get('m3'), '5R');
    });
  }

  test('is counted beyond what one entry can say, and by compaction, too', async () => {
    const session = new Session();
    session.publishMany(600);
    giveBack(session, 'm7', 600);
    giveBack(session, 'm107', 1);
    await session.settle();
    for (let i = 0; i < 600; i++) if (i % 100 !== 7) session.acknowledge(`m${i}`);
    for (let i = 0; i < 10; i++) await session.settle();
    assert.equal(session.kindOfSegmentOf('m7'), 'moved');
    const later = session.restarted('kill');
    assert.deepEqual(
      returnsOf(later),
      new Map(Object.entries({ m7: '600R', m107: '1R', m207: '0', m307: '0', m407: '0', m507: '0' })),
    );
  });
});

test('what a queue has delivered out of order says nothing of what comes before it', async () => {
  const session = new Session();
  session.publishMany(4);
  session.store.delivered(session.held.get('m2')!, 1, false);
  session.store.delivered(session.held.get('m0')!, 1, true);
  await session.settle();
  assert.deepEqual(
    returnsOf(session.restarted('kill')),
    new Map(Object.entries({ m0: '0R', m1: '0', m2: '0R', m3: '0' })),
  );
});
