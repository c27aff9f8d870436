import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseJson, stringifyJson } from '../../json/exact-json.ts';
import { DataDirectoryError } from '../disk/data-directory-error.ts';
import { GroupCommit } from '../disk/group-commit.ts';
import { NodeFiles } from '../disk/node-files.ts';
import { TemporaryDirectory } from '../disk/temporary-directory.test.helper.ts';
import { DurableNumbers } from '../durable-numbers.ts';
import { NumbersUsedUpError } from '../numbers-used-up-error.ts';
import type { Change, Json } from './definition-line.ts';
import { DefinitionsLog } from './definitions-log.ts';

const FILES = new NodeFiles(undefined);
const KINDS = ['queue', 'exchange'] as const;

/** A log in a directory of its own, that can be opened again and again. */
class LogHarness extends TemporaryDirectory {
  commit = new GroupCommit();
  readonly file = join(this.path, 'definitions.log');

  open(): DefinitionsLog {
    this.commit = new GroupCommit();
    return DefinitionsLog.open(FILES, this.path, this.commit);
  }

  /** What is there after a start, as kind, key and value. */
  reopened(): Json[] {
    const log = this.open();
    const content = contentOf(log);
    log.close();
    return content;
  }

  refusal(): string {
    try {
      this.open().close();
    } catch (error) {
      assert.ok(error instanceof DataDirectoryError, String(error));
      return error.message.replaceAll(this.path, 'DIR');
    }
    return 'opened';
  }
}

function contentOf(log: DefinitionsLog): Json[] {
  return KINDS.flatMap((kind) => [...log.definitions(kind)].map(({ key, value }): Json => [kind, key, value]));
}

test('what was put is there again, in order, without what was removed', async () => {
  using harness = new LogHarness();
  const log = harness.open();
  log.put('queue', ['/', 'first'], { durable: true });
  log.put('queue', ['/', 'doomed'], 1);
  log.put('exchange', ['/', 'été\n'], null);
  log.put('queue', ['/', 'last'], [1.5, 'x']);
  log.remove('queue', ['/', 'doomed']);
  log.remove('queue', ['/', 'never there']);
  log.put('queue', ['/', 'first'], { durable: false });
  const expected = [
    ['queue', ['/', 'first'], { durable: false }],
    ['queue', ['/', 'last'], [1.5, 'x']],
    ['exchange', ['/', 'été\n'], null],
  ];
  assert.deepEqual(contentOf(log), expected);
  await harness.commit.flushed();
  log.close();
  assert.deepEqual(harness.reopened(), expected);
});

test('what was written is committed once its sync has ended', async () => {
  using harness = new LogHarness();
  const log = harness.open();
  assert.ok(log.isCommitted);
  log.put('queue', ['q'], 1);
  assert.ok(!log.isCommitted);
  await harness.commit.flushed();
  assert.ok(log.isCommitted);
  log.close();
});

describe('a crash', () => {
  const changes = fc.array(
    fc.oneof(
      fc.tuple(fc.constant('put'), fc.constantFrom(...KINDS), fc.tuple(fc.constantFrom('a', 'b', 'c')), fc.jsonValue()),
      fc.tuple(fc.constant('remove'), fc.constantFrom(...KINDS), fc.tuple(fc.constantFrom('a', 'b', 'c'))),
    ),
    { minLength: 1, maxLength: 3 },
  ) as fc.Arbitrary<Change[]>;
  const history = fc.record({
    writes: fc.array(changes, { maxLength: 12 }),
    cutShare: fc.double({ min: 0, max: 1, noNaN: true }),
    zeros: fc.nat({ max: 3 }),
  });

  test('at any octet leaves each write whole or not at all, twice over', () => {
    fc.assert(
      fc.property(history, history, (first, second) => {
        using harness = new LogHarness();
        let expected: Json[] = [];
        for (const { writes, cutShare, zeros } of [first, second]) {
          const log = harness.open();
          assert.deepEqual(contentOf(log), expected);
          const begun = statSync(harness.file).size;
          const after = new Map([[begun, expected]]);
          for (const write of writes) {
            log.write(write);
            after.set(statSync(harness.file).size, plain(contentOf(log)));
          }
          const end = statSync(harness.file).size;
          log.close();
          const cutAt = begun + Math.round(cutShare * (end - begun));
          truncateSync(harness.file, cutAt);
          truncateSync(harness.file, cutAt + zeros); // as a file system leaves it that has noted the size alone
          expected = [...after].findLast(([size]) => size <= cutAt)![1];
        }
        assert.deepEqual(harness.reopened(), expected);
        assert.deepEqual(harness.reopened(), expected);
      }),
      { numRuns: 100 },
    );
  });

  test('tells how much was cut off', () => {
    using harness = new LogHarness();
    harness.open().close();
    writeFileSync(harness.file, 'half a li', { flag: 'a' });
    const log = harness.open();
    assert.equal(log.cutOctets, 9);
    log.close();
    const next = harness.open();
    assert.equal(next.cutOctets, 0);
    next.close();
  });

  test('that has lost the middle of what was not committed takes what follows with it', () => {
    using harness = new LogHarness();
    const log = harness.open();
    const begun = statSync(harness.file).size;
    log.put('queue', ['lost'], 1);
    log.put('queue', ['there'], 1);
    const octets = readFileSync(harness.file).fill(0, begun, begun + 20);
    log.close();
    writeFileSync(harness.file, octets);
    assert.deepEqual(harness.reopened(), []);
  });
});

describe('a damaged line', () => {
  async function written(harness: LogHarness): Promise<Buffer> {
    const log = harness.open();
    for (const name of ['a', 'b', 'c']) {
      log.put('queue', [name], name);
      await harness.commit.flushed();
    }
    log.close();
    return readFileSync(harness.file);
  }

  test('that is not the tail is refused wherever it is', async () => {
    using harness = new LogHarness();
    const sound = await written(harness);
    const lastButOneEnd = sound.lastIndexOf('\n', -2); // without that line feed, both lines are one, and the tail
    for (let at = 0; at < lastButOneEnd; at++) {
      const octets = Buffer.from(sound);
      octets[at]! ^= 1;
      writeFileSync(harness.file, octets);
      assert.match(
        harness.refusal(),
        /^DIR\/definitions\.log is damaged in line [1-6]; restore it from a backup, or delete/,
      );
    }
    assert.match(harness.refusal(), /damaged in line 5;/);
  });

  test('is not taken for a tail because there are zeros in it, as a disk leaves them that has lost a sector', async () => {
    using harness = new LogHarness();
    const octets = await written(harness);
    writeFileSync(harness.file, octets.fill(0, octets.indexOf('"b"'), octets.indexOf('"c"')));
    assert.match(harness.refusal(), /damaged in line 4;/);
  });

  test('can be deleted', async () => {
    using harness = new LogHarness();
    const lines = (await written(harness)).toString().split('\n');
    writeFileSync(harness.file, lines.filter((line) => !line.includes('"b"')).join('\n'));
    assert.deepEqual(harness.reopened(), [
      ['queue', ['a'], 'a'],
      ['queue', ['c'], 'c'],
    ]);
  });

  test('is what a foreign or an empty file begins with', () => {
    using harness = new LogHarness();
    for (const text of ['', 'Dear diary\n']) {
      writeFileSync(harness.file, text);
      assert.match(harness.refusal(), /damaged in line 1;/);
    }
  });
});

test('a log that is missing beside messages is not begun anew', () => {
  using harness = new LogHarness();
  mkdirSync(join(harness.path, 'messages'));
  assert.match(
    harness.refusal(),
    /^DIR\/definitions\.log is missing: it says which queues .*; restore it from a backup/,
  );
});

describe('a log that says much that holds no more', () => {
  test('is written anew, while writing goes on', async () => {
    using harness = new LogHarness();
    const log = harness.open();
    const kept = 'k'.repeat(300);
    log.put('queue', ['kept'], kept);
    for (let round = 0; round < 5000; round++) {
      log.put('queue', ['changing'], round);
      if (round % 500 === 0) await harness.commit.flushed();
    }
    const expected = [
      ['queue', ['kept'], kept],
      ['queue', ['changing'], 4999],
    ];
    await harness.commit.flushed();
    assert.ok(log.isCommitted);
    assert.ok(statSync(harness.file).size < 70_000, String(statSync(harness.file).size));
    log.close();
    assert.deepEqual(harness.reopened(), expected);
  });

  test('does not mind what a rewrite that was cut short has left', async () => {
    using harness = new LogHarness();
    const log = harness.open();
    writeFileSync(`${harness.file}.new`, 'half of');
    for (let round = 0; round < 3000; round++) log.put('queue', ['changing'], round);
    assert.ok(!existsSync(`${harness.file}.new`));
    assert.ok(statSync(harness.file).size < 70_000);
    await harness.commit.flushed();
    log.close();
    assert.deepEqual(harness.reopened(), [['queue', ['changing'], 2999]]);
  });
});

describe('durable numbers', () => {
  test('are never given twice, not after a crash either', () => {
    using harness = new LogHarness();
    const given = new Set<number>();
    for (let start = 0; start < 3; start++) {
      const log = harness.open();
      const numbers = new DurableNumbers(log, 'queues');
      for (let count = 0; count < 5000; count++) given.add(numbers.next());
      log.close();
    }
    assert.equal(given.size, 15_000);
    assert.equal(Math.min(...given), 1);
  });

  test('end with 2^31-1', () => {
    using harness = new LogHarness();
    const log = harness.open();
    log.put('counter', ['queues'], 2 ** 31 - 2);
    const numbers = new DurableNumbers(log, 'queues');
    assert.equal(numbers.next(), 2 ** 31 - 2);
    assert.equal(numbers.next(), 2 ** 31 - 1);
    assert.throws(() => numbers.next(), NumbersUsedUpError);
    log.close();
  });
});

/** As it is read again: -0 becomes 0. */
function plain(value: Json[]): Json[] {
  return parseJson(stringifyJson(value)) as Json[];
}
