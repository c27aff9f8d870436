import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SMALL_SEGMENT_OCTETS } from './commit-log.test.helper.ts';
import { MESSAGES_A_SEGMENT, Session } from './disk-session.test.helper.ts';

/** A session whose first segment is full and on disk. */
async function withFullSegment(): Promise<{ session: Session; first: number; keys: string[] }> {
  const session = new Session();
  session.publishMany(2 * MESSAGES_A_SEGMENT);
  await session.settle();
  const first = session.segmentOf('m0');
  return { session, first, keys: [...session.held.keys()].filter((key) => session.segmentOf(key) === first) };
}

describe('what is dead', () => {
  test('a segment is removed after the next sync, and no sooner', async () => {
    const { session, first, keys } = await withFullSegment();
    for (const key of keys) session.acknowledge(key);
    assert.ok(session.hasSegment(first));
    await session.settle();
    assert.ok(!session.hasSegment(first));
  });

  test('a segment stays as long as octets of it are on their way out', async () => {
    const { session, first, keys } = await withFullSegment();
    const segment = session.store.segments.find((each) => each?.number === first)!;
    segment.pin();
    for (const key of keys) session.acknowledge(key);
    await session.settle();
    assert.ok(session.hasSegment(first));
    segment.unpin();
    assert.ok(!session.hasSegment(first));
  });

  test('a segment stays until transactions that have ended before are settled', async () => {
    const { session, first, keys } = await withFullSegment();
    session.transact(['last']);
    const isThere: boolean[] = [];
    for (const key of keys) session.acknowledge(key);
    session.store.transactions.whenSettled(() => isThere.push(session.hasSegment(first)));
    await session.settle();
    assert.deepEqual([isThere, session.hasSegment(first)], [[true], false]);
  });

  test('a body in a file of its own is removed after the next sync', async () => {
    const session = new Session();
    session.publish('large', SMALL_SEGMENT_OCTETS);
    await session.settle();
    session.acknowledge('large');
    assert.equal(session.files('.body').length, 1);
    await session.settle();
    assert.deepEqual(session.files('.body'), []);
  });

  test('nothing is removed any more once the log is closed: the next start does that', async () => {
    const { session } = await withFullSegment();
    await session.opened.log.close();
    let isRemoved = false;
    session.store.retirement.whenNotNeeded(() => {
      isRemoved = true;
    });
    await session.settle();
    assert.equal(isRemoved, false);
  });
});
