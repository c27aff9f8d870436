import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NumbersUsedUpError } from '../numbers-used-up-error.ts';
import { MESSAGES_A_SEGMENT, Session } from './disk-session.test.helper.ts';
import { LOG_PATH } from './log-image.test.helper.ts';
import { LogInspection } from './log-inspection.ts';
import { parseSegmentName } from './segment-files.ts';

/** A session whose next segment has this number. */
function sessionFrom(nextNumber: number): Session {
  const session = new Session();
  session.store.segmentFiles.nextNumber = nextNumber;
  return session;
}

function numbersOf(session: Session): number[] {
  return session.files('.log').map((name) => parseSegmentName(name)!.number);
}

function inspectedMessages({ disk }: Session): number {
  return new LogInspection({ path: LOG_PATH, files: disk, isInUse: false, hasQueue: () => true }).run().messages;
}

describe('segments', () => {
  test('have numbers beyond 2^31, which a word of theirs shows as negative', async () => {
    const session = sessionFrom(2 ** 31 - 1);
    session.publishMany(3 * MESSAGES_A_SEGMENT);
    session.transact(['in a transaction']);
    session.acknowledge('m0');
    await session.settle();
    assert.ok(numbersOf(session).includes(2 ** 31 + 1));
    const again = session.restarted('kill');
    assert.deepEqual(again.opened.damages, []);
    again.assertHasCommitted(session);
    assert.deepEqual([...again.held.keys()].sort(), [...session.held.keys()].sort());
    assert.equal(inspectedMessages(again), session.held.size);
    again.publishMany(MESSAGES_A_SEGMENT, 'later');
    await again.settle();
    again.restarted('kill').assertHasCommitted(again);
  });

  test('are compacted beyond 2^31', async () => {
    const session = sessionFrom(2 ** 31 - 2);
    session.publishMany(6 * MESSAGES_A_SEGMENT);
    for (let i = 0; i < 6 * MESSAGES_A_SEGMENT; i++) if (i % 20 !== 0) session.acknowledge(`m${i}`);
    session.store.acknowledgements.flush();
    session.store.acknowledgements.sync();
    await session.settle();
    assert.ok(session.files('.moved').length > 0, 'nothing was compacted');
    const again = session.restarted('kill');
    assert.deepEqual([...again.held.keys()].sort(), [...session.held.keys()].sort());
    assert.equal(inspectedMessages(again), session.held.size);
  });

  test('that have used up all numbers are told of, and messages refused', async () => {
    const session = sessionFrom(2 ** 32 - 2);
    const { count, replyCode } = session.publishUntilRefused('m');
    assert.equal(replyCode, 506);
    assert.ok(count > MESSAGES_A_SEGMENT);
    assert.ok(session.opened.writeFailures.some((error) => error instanceof NumbersUsedUpError));
    await session.settle();
    const again = session.restarted('kill');
    again.assertHasCommitted(session);
    assert.equal(again.held.size, count);
  });
});

test('what has a higher number is no segment', () => {
  assert.deepEqual(parseSegmentName('4294967295.log'), { number: 2 ** 32 - 1, kind: 'log' });
  assert.equal(parseSegmentName('4294967296.log'), undefined);
});
