import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { extent } from '../../extent.test.helper.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { DataDirectoryError } from '../disk/data-directory-error.ts';
import { GroupCommit } from '../disk/group-commit.ts';
import type { SimulatedDisk } from '../disk/simulated-disk.test.helper.ts';
import { checksum } from './checksum.ts';
import { openLog, SMALL_SEGMENT_OCTETS } from './commit-log.test.helper.ts';
import { CommitLog } from './commit-log.ts';
import type { Damage } from './damage.ts';
import { cut, type Found, flip, isReported, LOG_PATH, LogImage, type LogWriter } from './log-image.test.helper.ts';
import { SEGMENT_HEADER_OCTETS } from './segment.ts';

const RUNS = extent({ usual: 15, soak: 400 });
const FEW_RUNS = extent({ usual: 8, soak: 100 });
const SIZES = [10, 500, 3000, 15_000, 100, 20_000];
const bit = fc.nat(7);
/** Somewhere in something, as a part of its length; its beginning and its end are of special interest. */
const share = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 0.001, 0.002, 0.998, 0.9999) },
);
const BODY_FILES = 3;

/** Segments of the log and of survivors, with acknowledgements and bodies beside them. */
async function everything(writer: LogWriter): Promise<void> {
  for (let i = 0; i < 500; i++) writer.publish(1000, [1]);
  await writer.settle();
  for (let i = 0; i < 500; i++) if (i % 25 !== 0) writer.acknowledge(i, 1);
  await writer.settle();
  const first = writer.publish(1, [2]);
  for (let i = 0; i < SIZES.length * BODY_FILES; i++) {
    writer.publish(SIZES[i % SIZES.length]!, i % 2 === 0 ? [1] : [1, 2]);
  }
  for (let i = 1; i < 12; i += 2) writer.deliver(first + i, 1);
  await writer.settle();
  for (let i = 1; i < 12; i += 3) writer.acknowledge(first + i, 1);
  await writer.settle();
  for (let i = 2; i < 12; i += 4) writer.acknowledge(first + i, 2);
}

function offsetIn(image: LogImage, name: string, share: number): number {
  return Math.floor(image.contentOf(name).length * share);
}

function keys({ missing }: Found): string[] {
  return [...new Set(missing.map(({ key }) => key))];
}

describe('after a bit has flipped', () => {
  let image: LogImage;
  before(async () => {
    image = await LogImage.of(everything);
    for (const [ending, least] of [
      ['.log', 3],
      ['.moved', 1],
      ['.acks', 1],
      ['.body', BODY_FILES],
    ] as const) {
      assert.ok(image.files(ending).length >= least, `${ending}: ${image.files(ending)}`);
    }
  });

  /** Flips bits of files with this ending, one at a time, and has a look. */
  function eachFlip(
    ending: string,
    look: (found: Found, name: string, offset: number, disk: SimulatedDisk) => void,
    numRuns = RUNS,
  ) {
    const names = image.files(ending);
    fc.assert(
      fc.property(fc.constantFrom(...names), share, bit, (name, share, bit) => {
        const disk = image.copy();
        const offset = offsetIn(image, name, share);
        flip(disk, name, offset, bit);
        look(image.open(disk), name, offset, disk);
      }),
      { numRuns },
    );
  }

  test('nothing is missing, and nothing reported, if none has', () => {
    const { damages, missing } = image.open(image.copy());
    assert.deepEqual([damages, missing], [[], []]);
  });

  for (const ending of ['.log', '.moved']) {
    test(`in a ${ending} file, all messages but the one there are served, and it is reported`, () => {
      eachFlip(ending, (found, name, offset) => {
        assert.ok(isReported(found, name, offset), `octet ${offset} of ${name} was not reported`);
        assert.ok(found.damages.some(({ isUnfinished }) => !isUnfinished));
        const limit = offset < SEGMENT_HEADER_OCTETS ? 0 : 1;
        assert.ok(keys(found).length <= limit, `${keys(found)} are missing`);
      });
    });
  }

  test('in an .acks file, no message is missing', () => {
    eachFlip('.acks', (found, name, offset) => {
      assert.deepEqual(found.missing, []);
      assert.ok(isReported(found, name, offset), `octet ${offset} of ${name} was not reported`);
    });
  });

  test('in a .body file, its message is reported, and all others are served', async () => {
    const looks: Promise<void>[] = [];
    eachFlip(
      '.body',
      (found, name, offset, disk) => {
        assert.equal(keys(found).length, 1);
        assert.ok(found.damages.some(({ file }) => file.endsWith('.log')));
        assert.ok(isReported(found, name, offset), 'the body is kept for whoever can make use of it');
        const look = () => assert.ok(!disk.list(LOG_PATH).includes(name));
        looks.push(
          found.commit
            .flushed()
            .then(() => turn())
            .then(look),
        );
      },
      FEW_RUNS,
    );
    await Promise.all(looks);
  });

  test('in the salt, everything is served', () => {
    eachFlip('salt', (found) => assert.deepEqual([found.missing, found.damages], [[], []]), FEW_RUNS);
  });

  test('a log that was damaged goes on, and loses nothing more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...image.files('')), share, bit, async (name, share, bit) => {
        const disk = image.copy();
        flip(disk, name, offsetIn(image, name, share), bit);
        const first = image.open(disk);
        first.log.store.append(incomingMessage({ routingKey: 'new' }), Int32Array.of(3), 0);
        await first.log.close();
        const second = image.open(disk);
        assert.deepEqual(second.missing, first.missing);
        assert.equal(second.queues.get(3)?.length, 1);
      }),
      { numRuns: FEW_RUNS },
    );
  });
});

describe('after a file was cut', () => {
  let image: LogImage;
  before(async () => {
    image = await LogImage.of(everything);
  });

  /** Where the records of a segment begin, and where the last one ends. */
  function boundaries(name: string): number[] {
    const octets = image.contentOf(name);
    const found: number[] = [SEGMENT_HEADER_OCTETS];
    while (found.at(-1)! < octets.length) found.push(found.at(-1)! + octets.readInt32LE(found.at(-1)!));
    return found;
  }

  test('a segment’s messages before the cut are served, and it is reported, unless it is just between two records', () => {
    const names = [...image.files('.log'), ...image.files('.moved')];
    fc.assert(
      fc.property(fc.constantFrom(...names), share, (name, share) => {
        const disk = image.copy();
        const size = offsetIn(image, name, share);
        cut(disk, name, size);
        const found = image.open(disk);
        const before = boundaries(name);
        const lost = before.filter((at) => at >= size).length - 1;
        const records = before.length - 1;
        assert.ok(keys(found).length <= Math.min(records, lost + 1), `${keys(found)} are missing`);
        const isBetween = size === 0 || before.includes(size);
        if (!isBetween) assert.ok(isReported(found, name, size - 1), `the cut of ${name} at ${size} was not reported`);
      }),
      { numRuns: RUNS },
    );
  });

  test('a cut is reported however little of a record it has left', () => {
    for (const name of image.files('.moved')) {
      const first = boundaries(name)[0]!;
      for (const left of [1, 7, 8, 39, 40]) {
        const disk = image.copy();
        cut(disk, name, first + left);
        assert.ok(isReported(image.open(disk), name, first), `the cut after ${left} octets was not reported`);
      }
    }
  });

  test('acknowledgements before the cut count, and no message is missing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...image.files('.acks')), share, (name, share) => {
        const disk = image.copy();
        cut(disk, name, offsetIn(image, name, share));
        assert.deepEqual(image.open(disk).missing, []);
      }),
      { numRuns: RUNS },
    );
  });

  test('a body’s message is reported', () => {
    for (const name of image.files('.body')) {
      for (const share of [0, 0.5, 0.9999]) {
        const disk = image.copy();
        cut(disk, name, offsetIn(image, name, share));
        const found = image.open(disk);
        assert.equal(keys(found).length, 1);
        assert.ok(found.damages.some(({ file, reason }) => file.endsWith('.log') && /body/.test(reason)));
      }
    }
  });
});

describe('after a bit has flipped in a transaction', () => {
  const COUNT = 5;

  test('its other messages are served, and those before and after it', async () => {
    const image = await LogImage.of(async (writer) => {
      writer.publish(300, [1]);
      for (let i = 0; i < 3; i++) {
        writer.publishInTransaction(COUNT, [1, 2]);
        await writer.settle();
      }
      writer.publish(300, [1]);
    });
    const [name] = image.files('.log');
    const octets = image.contentOf(name!);
    for (let at = SEGMENT_HEADER_OCTETS; at < octets.length; at += octets.readInt32LE(at)) {
      fc.assert(
        fc.property(fc.nat(octets.readInt32LE(at) - 1), bit, (offset, bit) => {
          const disk = image.copy();
          flip(disk, name!, at + offset, bit);
          const found = image.open(disk);
          assert.ok(isReported(found, name!, at + offset), `octet ${at + offset} was not reported`);
          assert.ok(keys(found).length <= 1, `${keys(found)} are missing`);
        }),
        { numRuns: 3 },
      );
    }
  });
});

describe('a log is not opened', () => {
  let image: LogImage;
  before(async () => {
    image = await LogImage.of(async (writer) => {
      for (let i = 0; i < 200; i++) writer.publish(1000, [1]);
    });
  });

  function assertRefused(disk: SimulatedDisk, expected: RegExp): void {
    assert.throws(
      () => openLog(LOG_PATH, undefined, disk),
      (error) => {
        assert.ok(error instanceof DataDirectoryError, String(error));
        assert.match(error.message, expected);
        return true;
      },
    );
  }

  test('with a file in its directory that is somebody else’s', () => {
    const disk = image.copy();
    disk.create(join(LOG_PATH, 'notes.txt')).close();
    assertRefused(disk, /notes\.txt is not a file of the message log; move it elsewhere/);
  });

  test('with a segment of a newer format', () => {
    const disk = image.copy();
    setHeaderWord(disk, '0000000002.log', 2, 9);
    assertRefused(disk, /0000000002\.log has format 9, and this broker knows 1 at most; start the newer broker/);
  });

  test('with segments of another size', () => {
    const disk = image.copy();
    setHeaderWord(disk, '0000000001.log', 5, 2 * SMALL_SEGMENT_OCTETS);
    assertRefused(disk, /segments of 131072 octets, and this broker.s have 65536; start the broker that wrote it/);
  });

  test('without a segment that has to be there, until an empty file takes its place', () => {
    const disk = image.copy();
    const missing = join(LOG_PATH, '0000000002.log');
    const names = image.files('.log');
    disk.remove(missing);
    const open = () => {
      const fail = () => assert.fail();
      const listener = { outOfSegments: fail, writeFailed: fail, damaged: fail };
      const log = new CommitLog({
        path: LOG_PATH,
        files: disk,
        native: undefined,
        commit: new GroupCommit(),
        listener,
        manifest: { names, add: () => undefined, remove: () => undefined },
        segmentSizeOctets: SMALL_SEGMENT_OCTETS,
      });
      const restored: number[] = [];
      const told: string[] = [];
      const damaged = ({ file, reason }: Damage) => told.push(`${file}: ${reason}`);
      log.recover({ queue: () => ({ restore: (slot) => restored.push(slot) }), damaged });
      return { restored: restored.length, told };
    };
    assert.throws(open, { name: 'DataDirectoryError', message: /0000000002\.log is missing.*; restore it, or put an/ });
    disk.create(missing).close();
    const { restored: left, told } = open();
    assert.ok(left > 100 && left < 200, `${left} messages`);
    assert.deepEqual(told, [`${missing}: empty: its messages are missing`]);
  });
});

/** Changes a word of a segment's header, such that its checksum is right. */
function setHeaderWord(disk: SimulatedDisk, name: string, word: number, value: number): void {
  const file = disk.open(join(LOG_PATH, name));
  const octets = Buffer.alloc(SEGMENT_HEADER_OCTETS);
  file.read(octets, 0, octets.length, 0);
  octets.writeInt32LE(value, word * 4);
  const words = new Int32Array(octets.buffer, octets.byteOffset, octets.length >> 2);
  words[words.length - 1] = checksum(words, 0, words.length - 1, 0);
  file.write(octets, 0, octets.length, 0);
  file.close();
}
