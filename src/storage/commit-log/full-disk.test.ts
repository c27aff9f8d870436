import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DefinitionsLog } from '../definitions/definitions-log.ts';
import { DiskReserve } from '../disk/disk-reserve.ts';
import { DefinedSegments } from '../segment-manifest.ts';
import { SMALL_SEGMENT_OCTETS } from './commit-log.test.helper.ts';
import { MESSAGES_A_SEGMENT, type PartsOnDisk, Session } from './disk-session.test.helper.ts';

const DATA = '/data';
const RESERVE_OCTETS = 8 * 1024;

/** As in a broker: the segments are listed among the definitions. */
const LISTED: PartsOnDisk = (disk, commit) => {
  if (!disk.exists(DATA)) disk.makeDirectory(DATA);
  return { manifest: new DefinedSegments(DefinitionsLog.open(disk, DATA, commit)) };
};
const LISTED_WITH_RESERVE: PartsOnDisk = (disk, commit) => {
  const listed = LISTED(disk, commit);
  return { ...listed, reserve: new DiskReserve(disk, DATA, RESERVE_OCTETS) };
};

/** Somebody else's files take all that is left. */
function fill({ disk }: Session): void {
  disk.capacityOctets = 0;
}

function makeRoom({ disk }: Session): void {
  disk.capacityOctets = Number.MAX_SAFE_INTEGER;
}

/** What the broker does of its own accord a second later. */
async function retry(session: Session): Promise<void> {
  session.store.retries.run();
  await session.settle();
}

async function acknowledge(session: Session, keys: Iterable<string>): Promise<void> {
  for (const key of [...keys]) session.acknowledge(key);
  await session.settle();
}

/** What the next start finds after the broker was stopped. */
async function stopped(session: Session): Promise<string[]> {
  await session.opened.log.close();
  return [...session.restarted('power cut').held.keys()];
}

describe('acknowledgements that a full disk did not take', () => {
  test('are written when there is room, without any others coming', async () => {
    const session = new Session(undefined, LISTED);
    session.publishMany(10);
    await session.settle();
    fill(session);
    await acknowledge(session, session.held.keys());
    makeRoom(session);
    await retry(session);
    assert.deepEqual([...session.restarted('kill').held.keys()], []);
  });

  test('are written when the broker is stopped, if there is room by then', async () => {
    const session = new Session(undefined, LISTED);
    session.publishMany(3 * MESSAGES_A_SEGMENT);
    await session.settle();
    fill(session);
    await acknowledge(session, session.held.keys());
    makeRoom(session);
    assert.deepEqual(await stopped(session), []);
  });

  test('keep the broker from nothing when it is stopped on a full disk: then they are lost', async () => {
    const session = new Session(undefined, LISTED);
    session.publishMany(10);
    session.transact(['last'], ['m0']);
    await session.settle();
    fill(session);
    session.transact(['very last'], ['m1']);
    await acknowledge(session, ['m2']);
    await session.opened.log.close();
    const found = session.restarted('kill');
    found.assertHasCommitted(session);
    assert.ok(!found.held.has('m1'), 'the transaction says so');
  });

  test('are not taken for written by a transaction, of which a half would come back', async () => {
    const session = new Session(undefined, LISTED);
    session.publishMany(MESSAGES_A_SEGMENT);
    await session.settle();
    fill(session);
    session.transact(['by the transaction'], ['m0']);
    await session.settle();
    session.publish('later');
    await session.settle();
    for (const how of ['kill', 'power cut'] as const) {
      const found = session.restarted(how);
      found.assertHasCommitted(session);
      assert.ok(!found.held.has('m0'), how);
    }
  });

  test('let no body go before they are there: it would look lost', async () => {
    const session = new Session(undefined, LISTED);
    session.publish('large', 2 * SMALL_SEGMENT_OCTETS);
    session.publish('last');
    await session.settle();
    fill(session);
    await acknowledge(session, ['large']);
    const found = session.restarted('kill');
    assert.deepEqual(found.opened.damages, []);
    makeRoom(session);
    await retry(session);
    assert.deepEqual(session.files('.body'), []);
    assert.ok(!session.restarted('kill').held.has('large'));
  });

  test('take up memory for every message once, however often it comes back', async () => {
    const session = new Session(undefined, LISTED);
    session.publish('m');
    await session.settle();
    fill(session);
    const { acks } = session.store.segments.find((segment) => segment?.isTail)!;
    for (let i = 0; i < 600_000; i++) session.store.returned(session.held.get('m')!, 1);
    assert.ok(acks.sizeOctets <= 2 ** 20, `${acks.sizeOctets}`);
    await acknowledge(session, ['m']);
    makeRoom(session);
    assert.deepEqual(await stopped(session), []);
  });
});

test('a broker starts on a full disk, and goes on when there is room', async () => {
  const session = new Session(undefined, LISTED);
  session.publishMany(10);
  session.transact(['last'], ['m0']);
  await session.settle();
  await session.opened.log.close(); // what the last segment does not use is given back, and gone
  fill(session);
  const found = session.restarted('kill');
  found.assertHasCommitted(session);
  assert.equal(found.publishUntilRefused('n').replyCode, 506);
  makeRoom(found);
  found.publish('again');
  await acknowledge(found, [...found.held.keys()].slice(0, -1));
  await retry(found);
  found.publishMany(2 * MESSAGES_A_SEGMENT, 'more');
  await found.settle();
  assert.ok(!found.hasSegment(1), 'is removed, as it is dead');
  found.restarted('power cut').assertHasCommitted(found);
});

describe('dead segments on a full disk', () => {
  async function filled(parts: PartsOnDisk): Promise<Session> {
    const session = new Session(undefined, parts);
    session.publishMany(4 * MESSAGES_A_SEGMENT);
    await session.settle();
    fill(session);
    return session;
  }

  test('go by themselves when there is room again, and nothing acknowledged returns', async () => {
    const session = await filled(LISTED);
    await acknowledge(session, session.held.keys());
    assert.ok(session.files('.log').length >= 4);
    makeRoom(session);
    await retry(session);
    assert.ok(session.files('.log').length <= 2, `${session.files('.log')}`); // the last one, and the next
    session.publish('again');
    await session.settle();
    assert.deepEqual([...session.restarted('kill').held.keys()], ['again']);
    assert.deepEqual(await stopped(session), ['again']);
  });

  test('do not forget their acknowledgements while they can’t go', async () => {
    const session = await filled(LISTED);
    await acknowledge(session, session.held.keys());
    makeRoom(session);
    assert.deepEqual(await stopped(session), []); // before any segment was tried again
  });

  test('go although not an octet is left, in the place of the reserve', async () => {
    const session = await filled(LISTED_WITH_RESERVE);
    const { disk } = session;
    disk.capacityOctets = [...disk.contents().values()].reduce((sum, { length }) => sum + length, 0);
    await acknowledge(session, session.held.keys());
    assert.ok(session.files('.log').length <= 2, `${session.files('.log')}`);
    session.publishMany(2 * MESSAGES_A_SEGMENT, 'again');
    await session.settle();
    assert.equal(session.committed.size, 6 * MESSAGES_A_SEGMENT);
    assert.equal(session.restarted('kill').held.size, 2 * MESSAGES_A_SEGMENT);
  });

  test('with a few live messages are compacted when there is room again', async () => {
    const session = await filled(LISTED);
    const keys = [...session.held.keys()];
    await acknowledge(
      session,
      keys.filter((_, i) => i % 20 !== 0),
    );
    session.store.acknowledgements.sync();
    await session.settle();
    assert.deepEqual(session.files('.moved'), []);
    makeRoom(session);
    await retry(session);
    await retry(session);
    assert.equal(session.files('.moved').length, 1);
    assert.ok(session.files('.log').length <= 3, `${session.files('.log')}`);
    for (const key of session.held.keys()) session.assertReadable(key);
  });

  test('that were begun on it are listed when there is room again', async () => {
    const session = await filled(LISTED);
    const { segmentFiles } = session.store;
    session.disk.faults.plan({ on: 'write', code: 'ENOSPC', path: /definitions\.log$/ });
    makeRoom(session);
    session.publishMany(2 * MESSAGES_A_SEGMENT, 'n');
    await session.settle();
    session.disk.faults.clear();
    await retry(session);
    await retry(session);
    const listed = DefinitionsLog.open(session.disk.afterKill(), DATA, session.opened.commit);
    assert.deepEqual(new DefinedSegments(listed).names.toSorted(), session.files('.log').toSorted());
    assert.ok(segmentFiles.nextNumber > 5);
  });
});
