import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SMALL_SEGMENT_OCTETS } from './commit-log.test.helper.ts';
import { MESSAGES_A_SEGMENT, replyCodeOf, Session } from './disk-session.test.helper.ts';

/** A session with a transaction of which the first message is the last of a segment, and all else in the next one. */
async function overTwoSegments(): Promise<Session> {
  const session = new Session();
  session.publish('filler');
  const lengthOctets = session.store.liveRecordOctets;
  while (session.roomOctets > 2.1 * lengthOctets) session.publish(`filler${session.held.size}`);
  session.transact(['before', 'after']);
  await session.settle();
  assert.notEqual(session.segmentOf('before'), session.segmentOf('after'));
  return session;
}

describe('transactions in the commit log', () => {
  test('one whose end is in a segment that is gone is whole for what is left of it', async () => {
    const session = await overTwoSegments();
    session.acknowledge('after');
    const dead = session.segmentOf('before') + 1;
    session.publishMany(2 * MESSAGES_A_SEGMENT);
    for (let i = 0; i < MESSAGES_A_SEGMENT; i++) session.acknowledge(`m${i}`);
    await session.settle();
    assert.ok(!session.hasSegment(dead), 'the segment with the end is still there');
    for (const how of ['kill', 'power cut'] as const) session.restarted(how).assertHasCommitted(session);
  });

  test('that it was on disk is still known when the last segment, which says so, is dead', async () => {
    const session = await overTwoSegments();
    session.acknowledge('after');
    await session.settle();
    const second = session.restarted('kill');
    await second.settle();
    assert.ok(!second.hasSegment(session.segmentOf('before') + 1), 'the segment with the end is still there');
    second.assertHasCommitted(session);
    second.restarted('power cut').assertHasCommitted(session);
  });

  test('what was published in one that never came to its end stays away, whatever comes after it', async () => {
    const session = new Session();
    session.publish('other');
    session.transactInVain(['in vain', 'too']);
    session.transact(['ended']);
    await session.settle();
    for (const how of ['kill', 'power cut'] as const) {
      const found = session.restarted(how);
      assert.deepEqual([...found.held.keys()], ['other', 'ended']);
    }
  });

  test('the segments of one are kept until it is noted that it was on disk', async () => {
    const session = await overTwoSegments();
    const first = session.segmentOf('before');
    let hasSegment: boolean | undefined;
    session.transact([], [...session.held.keys()]);
    session.store.transactions.whenSettled(() => {
      hasSegment = session.hasSegment(first);
    });
    await session.settle();
    assert.equal(hasSegment, true);
    assert.ok(!session.hasSegment(first));
  });

  test('there is room for that note, however full the disk is', async () => {
    const session = new Session();
    session.publish('first');
    await session.settle();
    session.disk.capacityOctets = SMALL_SEGMENT_OCTETS + 4096;
    assert.throws(
      () => {
        for (;;) session.transact([]);
      },
      (error) => replyCodeOf(error) === 506,
    );
    let isSettled = false;
    session.store.transactions.whenSettled(() => {
      isSettled = true;
    });
    await session.settle();
    assert.ok(isSettled);
  });
});

describe('messages that were moved only in part when the broker went down', () => {
  test('stay away once they are acknowledged where they were moved to', async () => {
    const session = new Session();
    session.publishMany(8 * MESSAGES_A_SEGMENT);
    await session.settle();
    session.disk.faults.plan({ on: 'create', code: 'ENOSPC', path: /\.moved$/, when: (call) => call > 1 });
    for (let i = 0; i < 8 * MESSAGES_A_SEGMENT; i++) if (i % 3 > 0) session.acknowledge(`m${i}`);
    session.store.acknowledgements.sync();
    await session.settle();
    const second = session.restarted('kill');
    const moved = [...second.held.keys()].filter((key) => second.kindOfSegmentOf(key) === 'moved');
    assert.ok(moved.length > 0 && moved.length < second.held.size, `${moved.length} of ${second.held.size}`);
    for (const key of moved) second.acknowledge(key);
    second.store.acknowledgements.sync();
    await second.settle();
    const third = second.restarted('power cut');
    assert.deepEqual([...third.held.keys()], [...second.held.keys()]);
  });
});
