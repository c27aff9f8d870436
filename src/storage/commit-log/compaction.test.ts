import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { violationsDuring } from '../../observe/invariants.test.helper.ts';
import { SMALL_SEGMENT_OCTETS } from './commit-log.test.helper.ts';
import { MESSAGES_A_SEGMENT, Session } from './disk-session.test.helper.ts';
import { LOG_PATH, LogImage } from './log-image.test.helper.ts';
import type { Segment } from './segment.ts';

function segmentWith(session: Session, key: string): Segment {
  const number = session.segmentOf(key);
  return session.store.segments.find((segment) => segment?.number === number)!;
}

function diskOctets({ disk }: Session): number {
  let octets = 0;
  for (const [path, content] of disk.contents()) if (path.startsWith(LOG_PATH)) octets += content.length;
  return octets;
}

/** Lets compaction do what there is to do: a second of the real broker's. */
async function settle(session: Session): Promise<void> {
  await session.settle();
  session.store.acknowledgements.sync();
  await session.settle();
}

/** Publishes four segments and acknowledges all but every tenth message, so that these are moved. Returns them. */
async function withMoved(session: Session): Promise<string[]> {
  session.publishMany(4 * MESSAGES_A_SEGMENT);
  await settle(session);
  for (const key of [...session.held.keys()].filter((_, i) => i % 10 !== 0)) session.acknowledge(key);
  await settle(session);
  return [...session.held.keys()].filter((key) => session.kindOfSegmentOf(key) === 'moved');
}

test('a record is moved without the queues that are done with it', async () => {
  const image = await LogImage.of(async (writer) => {
    for (let i = 0; i < 4 * MESSAGES_A_SEGMENT; i++) writer.publish(1000, [1, 2, 3]);
    await writer.settle();
    for (let i = 0; i < 4 * MESSAGES_A_SEGMENT; i++) {
      writer.acknowledge(i, 2);
      if (i % 10 === 0) continue;
      writer.acknowledge(i, 1);
      writer.acknowledge(i, 3);
    }
    writer.opened.log.store.acknowledgements.sync();
    await writer.settle();
  });
  assert.notDeepEqual(image.files('.moved'), []);
  const found = image.open(image.copy());
  assert.deepEqual([found.missing, found.queues.get(2)], [[], undefined]);
  assert.equal(found.queues.get(1)!.length, (4 * MESSAGES_A_SEGMENT) / 10);
  assert.equal(found.queues.get(3)!.length, (4 * MESSAGES_A_SEGMENT) / 10);
});

test('an acknowledgement counts that comes when its record is about to be moved', async () => {
  const image = await LogImage.of(async (writer) => {
    for (let i = 0; i < 4 * MESSAGES_A_SEGMENT; i++) writer.publish(1000, [1, 2]);
    await writer.settle();
    for (let i = 0; i < 4 * MESSAGES_A_SEGMENT; i++) {
      if (i % 10 === 0) continue;
      writer.acknowledge(i, 1);
      writer.acknowledge(i, 2);
    }
    await writer.settle();
    assert.deepEqual(
      writer.opened.log.store.segments.filter((segment) => segment?.kind === 'moved'),
      [],
    );
    writer.opened.log.store.compaction.schedule(); // its first step comes before the turn's acknowledgements are written
    for (let i = 0; i < 4 * MESSAGES_A_SEGMENT; i += 10) writer.acknowledge(i, 2);
    await writer.settle();
  });
  assert.notDeepEqual(image.files('.moved'), []);
  const found = image.open(image.copy());
  assert.deepEqual([found.missing, found.queues.get(2)], [[], undefined]);
});

describe('compacted segments', () => {
  test('are removed once they are dead: after rounds of traffic the disk holds what is alive and little else', async () => {
    const session = new Session();
    for (let round = 0; round < 15; round++) {
      session.publishMany(3 * MESSAGES_A_SEGMENT, `${round}.`);
      await settle(session);
      const keys = [...session.held.keys()];
      for (const [i, key] of keys.entries()) if (i % 7 !== round % 7) session.acknowledge(key);
      await settle(session);
      const segments = (diskOctets(session) - 2 * session.store.liveOctets) / SMALL_SEGMENT_OCTETS;
      assert.ok(segments <= 4, `round ${round}: ${segments.toFixed(2)} segments more than twice what is alive`);
    }
    for (const key of [...session.held.keys()]) session.acknowledge(key);
    await settle(session);
    assert.ok(session.files('.moved').length <= 1, `${session.files('.moved')}`); // the one that is appended to
    assert.ok(diskOctets(session) <= 4 * SMALL_SEGMENT_OCTETS, `${diskOctets(session)}`);
    assert.ok(session.disk.openFiles.size <= 8, `${session.disk.openFiles.size}`);
  });

  test('outlive the segments whose records they have, and no others', async () => {
    const session = new Session();
    session.publishMany(2 * MESSAGES_A_SEGMENT, 'pinned');
    await settle(session);
    const source = segmentWith(session, 'pinned0');
    const count = [...session.held.keys()].filter((key) => segmentWith(session, key) === source).length;
    source.pin(); // a consumer takes its time with a message out of it
    for (let i = 0; i < 2 * MESSAGES_A_SEGMENT; i++) if (i % 10 !== 0 || i >= count) session.acknowledge(`pinned${i}`);
    const moved = await withMoved(session);
    assert.ok(moved.includes('pinned0'));
    const target = segmentWith(session, 'pinned0');
    // The target is filled, compacted in its turn, and dead.
    for (let round = 0; round < 12; round++) {
      session.publishMany(2 * MESSAGES_A_SEGMENT, `r${round}.`);
      await settle(session);
      for (let i = 0; i < 2 * MESSAGES_A_SEGMENT; i++) if (i % 8 !== 0) session.acknowledge(`r${round}.${i}`);
      await settle(session);
    }
    assert.ok(!target.isTail);
    for (const key of [...session.held.keys()]) session.acknowledge(key);
    await settle(session);
    const there = session.files('.moved');
    assert.ok(session.hasSegment(source.number));
    assert.ok(there.includes(`${String(target.number).padStart(10, '0')}.moved`), 'has to stay');
    for (const how of ['kill', 'power cut'] as const) {
      assert.deepEqual([...session.restarted(how).held.keys()], []);
    }
    source.unpin();
    await settle(session);
    assert.ok(!session.hasSegment(source.number));
    assert.ok(session.files('.moved').length <= 1, `${session.files('.moved')}`);
  });

  test('are not made of a segment again that a defect has stopped it in; others are', async () => {
    const session = new Session();
    session.publishMany(6 * MESSAGES_A_SEGMENT);
    await session.settle();
    const { segmentFiles } = session.store;
    const create = segmentFiles.create.bind(segmentFiles);
    let calls = 0;
    segmentFiles.create = (...args) => {
      if (args[0] === 'moved' && ++calls === 1) throw new TypeError('undefined is not a function');
      return create(...args);
    };
    const violations = await violationsDuring(async () => {
      for (const key of [...session.held.keys()].filter((_, i) => i % 10 !== 0)) session.acknowledge(key);
      await settle(session);
      await settle(session);
    });
    assert.deepEqual(violations, ['compaction of segment 1: TypeError: undefined is not a function']);
    assert.ok(session.hasSegment(1));
    assert.ok(!session.hasSegment(2));
    for (const key of session.held.keys()) session.assertReadable(key);
  });

  test('stay where their source can’t be removed', async () => {
    const session = new Session();
    session.disk.faults.plan(
      { on: 'remove', code: 'EIO', path: /\.log$/ },
      { on: 'rename', code: 'EIO', path: /\.log$/ },
    );
    const moved = await withMoved(session);
    assert.ok(moved.length > 0);
    for (let round = 0; round < 12; round++) {
      session.publishMany(2 * MESSAGES_A_SEGMENT, `r${round}.`);
      await settle(session);
      for (let i = 0; i < 2 * MESSAGES_A_SEGMENT; i++) if (i % 8 !== 0) session.acknowledge(`r${round}.${i}`);
      await settle(session);
    }
    for (const key of [...session.held.keys()]) session.acknowledge(key);
    await settle(session);
    for (const how of ['kill', 'power cut'] as const) assert.deepEqual([...session.restarted(how).held.keys()], []);
  });
});
