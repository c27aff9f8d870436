import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Session } from './disk-session.test.helper.ts';

/** Calls back after so many syncs, one after the other. */
function afterSyncs(session: Session, count: number, then: () => void): void {
  const committed = () => (count === 1 ? then() : afterSyncs(session, count - 1, then));
  session.opened.commit.wait({ committed, commitFailed: () => undefined });
}

for (const syncs of [1, 2, 3]) {
  test(`what is acknowledged when sync ${syncs} of its closing has ended is on disk, and every file is closed`, async () => {
    const session = new Session();
    session.publishMany(2);
    await session.settle();
    session.publish('target');
    afterSyncs(session, syncs, () => session.acknowledge('m1'));
    await session.opened.log.close();
    await session.settle();
    assert.deepEqual([...session.disk.openFiles], []);
    assert.deepEqual([...session.restarted('power cut').held.keys()], ['m0', 'target']);
  });
}
