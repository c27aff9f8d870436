import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { extent } from '../../extent.test.helper.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { DISK_OPERATIONS, type Fault } from '../disk/disk-faults.test.helper.ts';
import { SMALL_SEGMENT_OCTETS } from './commit-log.test.helper.ts';
import { MESSAGES_A_SEGMENT, replyCodeOf, Session } from './disk-session.test.helper.ts';
import { LOG_PATH } from './log-image.test.helper.ts';

const MESSAGE_OCTETS = 1000;

describe('when a sync fails', () => {
  for (const { name, waiting } of [
    { name: 'that holds up the process', waiting: 1 },
    { name: 'that runs beside it', waiting: 5 },
  ]) {
    test(`${name}, neither its batch nor any later one is committed, and nothing more is taken`, async () => {
      const session = new Session();
      session.publish('safe');
      await session.settle();
      session.disk.faults.plan({ on: 'sync', code: 'EIO', path: /\.log$/, when: (call) => call === 1 });
      session.publishMany(waiting, 'unsafe');
      await session.settle();
      assert.deepEqual([...session.committed], ['safe']);
      assert.equal(session.failed.size, waiting);
      assert.throws(
        () => session.publish('late'),
        (error) => replyCodeOf(error) === 541,
      );
      await assert.rejects(session.opened.commit.flushed(), { code: 'EIO' });
      session.assertReadable('safe');
      session.assertReadable('unsafe0');
      session.acknowledge('unsafe0');
      await session.settle();
      assert.equal(session.committed.size, 1);
      session.restarted('power cut').assertHasCommitted(session);
    });
  }

  test('a message in a transaction is not committed either', async () => {
    const session = new Session();
    session.disk.faults.plan({ on: 'sync', code: 'EIO', path: /\.log$/, when: (call) => call === 1 });
    const outcomes: string[] = [];
    const listener = {
      committed: () => void outcomes.push('committed'),
      commitFailed: () => void outcomes.push('failed'),
    };
    session.store.transactions.end(0, [], listener);
    await session.settle();
    assert.deepEqual(outcomes, ['failed']);
    assert.throws(() => session.store.transactions.end(0, [], listener), AmqpError);
  });

  test('acknowledgements are written all the same, and survive the end of the process', async () => {
    const session = new Session();
    session.publishMany(10);
    await session.settle();
    session.disk.faults.plan({ on: 'sync', code: 'EIO', path: /\.log$/ });
    session.publish('unsafe');
    await session.settle();
    for (let i = 0; i < 5; i++) session.acknowledge(`m${i}`);
    await session.settle();
    const found = session.restarted('kill');
    found.assertHasCommitted(session);
    assert.ok(!found.held.has('m0'));
  });
});

describe('when the disk is full', () => {
  test('messages are taken until the last segment is, then refused; and taken again when there is room', async () => {
    const session = new Session();
    session.publish('first');
    await session.settle();
    session.disk.capacityOctets = SMALL_SEGMENT_OCTETS + 4096;
    const { count, replyCode } = session.publishUntilRefused('m');
    assert.equal(replyCode, 506);
    assert.ok(count >= MESSAGES_A_SEGMENT - 3, `refused after ${count}`);
    await session.settle();
    assert.deepEqual(session.opened.isOut, [true]);
    assert.equal(session.committed.size, count + 1);
    assert.throws(
      () => session.publish('late'),
      (error) => replyCodeOf(error) === 506,
    );
    session.disk.capacityOctets = Number.MAX_SAFE_INTEGER;
    session.publish('again');
    await session.settle();
    assert.deepEqual(session.opened.isOut, [true, false]);
    assert.ok(session.committed.has('again'));
    const found = session.restarted('power cut');
    found.assertHasCommitted(session);
    assert.equal(found.held.size, count + 2);
  });

  test('there is room again once a segment is dead, and nobody has to publish for that to be known', async () => {
    const session = new Session();
    session.disk.capacityOctets = 3 * SMALL_SEGMENT_OCTETS + 4096;
    const { count, replyCode } = session.publishUntilRefused('m');
    assert.equal(replyCode, 506);
    await session.settle();
    for (let i = 0; i < 2 * MESSAGES_A_SEGMENT; i++) session.acknowledge(`m${i}`);
    await session.settle();
    assert.deepEqual(session.opened.isOut, [true, false]);
    session.publish('again');
    await session.settle();
    assert.ok(session.committed.has('again'));
    const found = session.restarted('power cut');
    found.assertHasCommitted(session);
    assert.ok(found.held.has(`m${count - 1}`));
  });

  test('a segment that gets no room leaves no file behind, be it a new one or one that is used again', async () => {
    const session = new Session();
    session.publishMany(2 * MESSAGES_A_SEGMENT);
    await session.settle();
    for (let i = 0; i < 2 * MESSAGES_A_SEGMENT - 5; i++) session.acknowledge(`m${i}`);
    await session.settle();
    assert.ok(session.disk.list(LOG_PATH).some((name) => name.endsWith('.spare')));
    const [names, openFiles] = [session.disk.list(LOG_PATH), session.disk.openFiles.size];
    session.disk.faults.plan({ on: 'preallocate', code: 'ENOSPC', path: /\.log$/ });
    session.publishUntilRefused('n');
    session.publishUntilRefused('o');
    await session.settle();
    const added = session.disk.list(LOG_PATH).filter((name) => !names.includes(name));
    assert.deepEqual(added, []);
    assert.ok(session.disk.openFiles.size <= openFiles);
  });

  test('a body too large for a segment is refused, and leaves no file behind', async () => {
    const session = new Session();
    session.publish('first');
    await session.settle();
    session.disk.faults.plan({ on: 'preallocate', code: 'ENOSPC', path: /\.body$/, when: (call) => call === 1 });
    assert.throws(
      () => session.publish('large', 100_000),
      (error) => replyCodeOf(error) === 506,
    );
    assert.deepEqual(session.disk.list(LOG_PATH).sort(), ['0000000001.log', 'salt']);
    session.publish('large again', 100_000);
    await session.settle();
    const found = session.restarted('power cut');
    found.assertHasCommitted(session);
    assert.deepEqual([...found.held.keys()], ['first', 'large again']);
    assert.deepEqual(found.opened.damages, []);
  });
});

describe('when a write fails', () => {
  const shares = [0, 0.5, 0.99];
  for (const code of ['EIO', 'ENOSPC'] as const) {
    for (const [what, path, sizeOctets] of [
      ['a segment', /\.log$/, MESSAGE_OCTETS],
      ['a large body', /\.body$/, 100_000],
    ] as const) {
      test(`${code} on ${what}, however much of it was written: its messages are not committed`, async () => {
        for (const doneShare of shares) {
          const session = new Session();
          session.publishMany(3, 'safe');
          await session.settle();
          session.disk.faults.plan({ on: 'write', code, path, doneShare, when: (call) => call === 1 });
          for (let i = 0; i < 3; i++) session.publish(`unsafe${i}`, sizeOctets);
          await session.settle();
          assert.equal(session.committed.size, 3);
          assert.equal(session.failed.size, 3);
          for (const key of session.held.keys()) session.assertReadable(key);
          for (const how of ['power cut', 'kill'] as const) session.restarted(how).assertHasCommitted(session);
        }
      });
    }
  }

  for (const [what, fault] of Object.entries({
    'can’t be made': { on: 'create', code: 'ENOSPC' },
    'can’t be opened': { on: 'create', code: 'EMFILE' },
    'can’t be written': { on: 'write', code: 'EIO' },
    'are cut short': { on: 'write', code: 'ENOSPC', doneShare: 0.6 },
  } satisfies Record<string, Fault>)) {
    test(`acknowledgements that ${what} bring messages back, and lose none`, async () => {
      const session = new Session();
      session.publishMany(2 * MESSAGES_A_SEGMENT);
      await session.settle();
      session.disk.faults.plan({ ...fault, path: /\.acks$/ });
      for (let i = 0; i < 20; i++) session.acknowledge(`m${3 * i}`);
      await session.settle();
      assert.notEqual(session.opened.writeFailures.length, 0);
      for (const how of ['power cut', 'kill'] as const) {
        const found = session.restarted(how);
        found.assertHasCommitted(session);
        assert.equal(found.held.size, 2 * MESSAGES_A_SEGMENT);
      }
      session.acknowledge('m1'); // the disk is in order again: what was gathered is written with this one
      await session.settle();
      const found = session.restarted('kill');
      found.assertHasCommitted(session);
      assert.deepEqual([...found.held.keys()], [...session.held.keys()]);
    });
  }
});

describe('when files can’t be opened, removed or renamed', () => {
  test('a message that the log has no segment for is refused, and the log goes on', async () => {
    const session = new Session();
    session.disk.faults.plan({ on: 'create', code: 'EMFILE', path: /\.log$/, when: (call) => call === 1 });
    assert.throws(
      () => session.publish('first'),
      (error) => replyCodeOf(error) === 541,
    );
    session.publish('second');
    await session.settle();
    assert.deepEqual([...session.committed], ['second']);
  });

  test('a large body that can’t be opened is not there now, but later', async () => {
    const session = new Session();
    session.publish('large', 100_000);
    await session.settle();
    session.disk.faults.plan({ on: 'open', code: 'EMFILE', path: /\.body$/, when: (call) => call === 1 });
    assert.throws(() => session.assertReadable('large'), { code: 'EMFILE' });
    session.assertReadable('large');
  });

  for (const on of ['remove', 'rename', 'open'] as const) {
    test(`a dead segment or body that meets with an error at ${on} keeps nobody from being told`, async () => {
      const session = new Session();
      session.publish('large', 100_000);
      session.publishMany(5 * MESSAGES_A_SEGMENT);
      await session.settle();
      session.disk.faults.plan({ on, code: 'EIO', path: /\.(log|body|spare|acks)$/ });
      session.acknowledge('large');
      for (let i = 0; i < 4 * MESSAGES_A_SEGMENT; i++) session.acknowledge(`m${i}`);
      session.publish('last');
      await session.settle();
      assert.ok(session.committed.has('last'));
      const found = session.restarted('kill');
      found.assertHasCommitted(session);
      assert.deepEqual([...found.held.keys()], [...session.held.keys()]);
    });
  }
});

describe('when a read fails', () => {
  const COUNT = 10 * MESSAGES_A_SEGMENT; // more than the window has places for

  /** A log whose segments can't be read, and the messages that are in none of the window's places. */
  async function unreadable(): Promise<{ session: Session; keys: string[] }> {
    const session = new Session();
    session.publishMany(COUNT);
    await session.settle();
    session.disk.faults.plan({ on: 'read', code: 'EIO', path: /\.log$/ });
    const keys = [...session.held.keys()].filter((key) => {
      try {
        session.assertReadable(key);
        return false;
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'EIO');
        return true;
      }
    });
    assert.ok(keys.length >= 3 * MESSAGES_A_SEGMENT, `${keys.length}`);
    return { session, keys };
  }

  test('messages are not to be had now, but later, and others come and go', async () => {
    const { session, keys } = await unreadable();
    const last = `m${COUNT - 1}`;
    assert.ok(!keys.includes(last));
    session.publish('again');
    session.acknowledge(last);
    await session.settle();
    assert.ok(session.committed.has('again'));
    session.disk.faults.clear();
    for (const key of session.held.keys()) session.assertReadable(key);
  });

  test('messages can be acknowledged all the same, and their segments go with the others in them', async () => {
    const { session, keys } = await unreadable();
    const some = keys.filter((_, i) => i % 20 === 0);
    for (const key of some) session.acknowledge(key);
    assert.equal(session.store.messageCount, COUNT - some.length);
    await session.settle();
    session.disk.faults.clear();
    session.restarted('kill').assertHasCommitted(session);
    for (const key of [...session.held.keys()].slice(0, -5)) session.acknowledge(key);
    await session.settle();
    const names = session.disk.list(LOG_PATH).filter((name) => name.endsWith('.log') || name.endsWith('.moved'));
    assert.ok(names.length <= 3, `${names}`);
    const found = session.restarted('kill');
    found.assertHasCommitted(session);
    assert.deepEqual([...found.held.keys()], [...session.held.keys()]);
  });
});

describe('what a crash has left unfinished is told of as such, and not as damage', () => {
  for (const [what, path, sizeOctets] of [
    ['a segment', /\.log$/, MESSAGE_OCTETS],
    ['a large body', /\.body$/, 100_000],
    ['acknowledgements', /\.acks$/, MESSAGE_OCTETS],
  ] as const) {
    test(what, async () => {
      const session = new Session();
      session.publishMany(3, 'safe');
      await session.settle();
      session.disk.faults.plan({ on: 'write', code: 'EIO', path, doneShare: 0.6 }); // so far it came
      for (let i = 0; i < 3; i++) session.publish(`unsafe${i}`, sizeOctets);
      session.acknowledge('safe0');
      session.acknowledge('safe1');
      await session.settle();
      const found = session.restarted('kill');
      found.assertHasCommitted(session);
      const { damages } = found.opened;
      assert.notEqual(damages.length, 0);
      assert.deepEqual(
        damages.filter(({ isUnfinished }) => !isUnfinished),
        [],
      );
    });
  }
});

test('whatever fails, and whenever: what was reported committed is there, and nothing throws but a refusal', async () => {
  const fault = fc.record({
    on: fc.constantFrom(...DISK_OPERATIONS.filter((on) => on !== 'read')),
    code: fc.constantFrom('EIO' as const, 'ENOSPC', 'EMFILE'),
    first: fc.integer({ min: 1, max: 40 }),
    count: fc.constantFrom(1, 3, 1000),
    doneShare: fc.constantFrom(0, 0.5, 1),
  });
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(100, 1000, 5000, 10_000, 40_000).map((size) => ({ publish: size })) },
    { weight: 5, arbitrary: fc.nat(1000).map((pick) => ({ acknowledge: pick })) },
    { weight: 3, arbitrary: fc.constant('turn' as const) },
  );
  const steps = fc.array(step, { minLength: 20, maxLength: 150, size: 'max' });
  await fc.assert(
    fc.asyncProperty(fault, steps, async ({ on, code, first, count, doneShare }, steps) => {
      const session = new Session();
      const when = (call: number) => call >= first && call < first + count;
      session.disk.faults.plan({ on, code, doneShare, when });
      let published = 0;
      for (const step of steps) {
        if (step === 'turn') await turn();
        else if ('publish' in step) publishOrRefuse(session, `m${published++}`, step.publish);
        else if (session.held.size > 0)
          session.acknowledge([...session.held.keys()][step.acknowledge % session.held.size]!);
      }
      await session.settle();
      for (const how of ['power cut', 'kill'] as const) session.restarted(how).assertHasCommitted(session);
    }),
    { numRuns: extent({ usual: 15, soak: 400 }) },
  );
});

function publishOrRefuse(session: Session, key: string, sizeOctets: number): void {
  try {
    session.publish(key, sizeOctets);
  } catch (error) {
    replyCodeOf(error);
  }
}
