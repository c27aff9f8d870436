import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { GroupCommit } from '../disk/group-commit.ts';
import type { SimulatedDisk } from '../disk/simulated-disk.test.helper.ts';
import { SMALL_SEGMENT_OCTETS } from './commit-log.test.helper.ts';
import { CommitLog } from './commit-log.ts';
import { type Damage, DamageReports } from './damage.ts';
import { cut, flip, LOG_PATH, LogImage } from './log-image.test.helper.ts';
import { RecoveredSegments } from './recovered-segments.ts';
import { SEGMENT_HEADER_OCTETS } from './segment.ts';

const FIRST = '0000000001.log';
const MESSAGES = 10;

describe('a segment that is found at the start', () => {
  let image: LogImage;
  before(async () => {
    image = await LogImage.of(async (writer) => {
      for (let i = 0; i < MESSAGES; i++) writer.publish(1000, [1]);
      writer.acknowledge(MESSAGES - 1, 1);
    });
  });

  /** Scans the first segment of the files. */
  function scanned(disk: SimulatedDisk) {
    const damages: Damage[] = [];
    const fail = () => assert.fail();
    const { store } = new CommitLog({
      path: LOG_PATH,
      files: disk,
      native: undefined,
      commit: new GroupCommit(),
      listener: { outOfSegments: fail, writeFailed: fail, damaged: fail },
      segmentSizeOctets: SMALL_SEGMENT_OCTETS,
    });
    const segments = new RecoveredSegments(store, new DamageReports(store, (damage) => damages.push(damage)));
    const segment = segments.open([{ number: 1, kind: 'log' }])[0]!;
    const offsets: number[] = [];
    segments.scan(segment, segments.readAcks(segment), (offset) => offsets.push(offset));
    return { segments, segment, offsets, damages };
  }

  test('is walked through record by record, and can be appended to', () => {
    const { segments, segment, offsets, damages } = scanned(image.copy());
    assert.equal(offsets.length, MESSAGES);
    assert.equal(offsets[0], SEGMENT_HEADER_OCTETS);
    assert.deepEqual(damages, []);
    assert.equal(segment.usedOctets, image.contentOf(FIRST).length);
    assert.ok(segments.isResumable(segment));
    const again: number[] = [];
    segments.eachRecord(segment, (offset) => again.push(offset));
    assert.deepEqual(again, offsets);
  });

  test('is known by its header, unless that is damaged', () => {
    const whole = scanned(image.copy());
    assert.ok(whole.segments.hasHeader(whole.segment));
    assert.equal(whole.segments.headerOf(whole.segment)?.sizeOctets, SMALL_SEGMENT_OCTETS);
    const disk = image.copy();
    flip(disk, FIRST, 12, 0);
    const { segments, segment, damages } = scanned(disk);
    assert.ok(!segments.hasHeader(segment));
    assert.deepEqual(
      damages.map(({ offset, sizeOctets, reason }) => [offset, sizeOctets, reason]),
      [[0, SEGMENT_HEADER_OCTETS, 'no valid header']],
    );
  });

  test('with a damaged record is not appended to; the record is reported', () => {
    const disk = image.copy();
    flip(disk, FIRST, SEGMENT_HEADER_OCTETS + 100, 3);
    const { segments, segment, offsets, damages } = scanned(disk);
    assert.equal(offsets.length, MESSAGES - 1);
    assert.deepEqual(
      damages.map(({ offset, sizeOctets, reason, isUnfinished }) => [offset, sizeOctets, reason, isUnfinished]),
      [[SEGMENT_HEADER_OCTETS, offsets[0]! - SEGMENT_HEADER_OCTETS, 'no valid record', false]],
    );
    assert.ok(!segments.isResumable(segment));
  });

  test('without a record that was acknowledged is not appended to, or what came to its place would be so, too', () => {
    const whole = scanned(image.copy());
    const disk = image.copy();
    cut(disk, FIRST, whole.offsets.at(-1)!);
    const { segments, segment, damages } = scanned(disk);
    assert.deepEqual(damages, []);
    assert.ok(!segments.isResumable(segment));
  });
});
