import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Logger, SILENT_LOGGER } from '../../observe/logger.ts';
import type { Files } from '../../storage/disk/files.ts';
import { DiskAlarm } from './disk-alarm.ts';
import { ResourceAlarms } from './resource-alarms.ts';

const LIMIT_OCTETS = 1000;

/** A disk that has as much free as a test says, and an alarm that looks at it as a mocked clock goes on. */
class World {
  freeOctets = 5000;
  readonly alarms = new ResourceAlarms();
  readonly logged: string[] = [];
  readonly alarm: DiskAlarm;
  isBroken = false;
  private readonly timers: TestContext['mock']['timers'];

  constructor(t: TestContext) {
    this.timers = t.mock.timers;
    this.timers.enable({ apis: ['setTimeout'] });
    const note = (_: unknown, text?: string) => void this.logged.push(`${text}`);
    const log: Logger = { ...SILENT_LOGGER, warn: note, info: note, error: note };
    this.alarm = new DiskAlarm(
      this.alarms,
      { space: () => this.space() } as unknown as Files,
      '/data',
      LIMIT_OCTETS,
      log,
    );
    t.after(() => this.alarm.stop());
  }

  private space() {
    if (this.isBroken) throw new Error('EIO');
    return { freeOctets: this.freeOctets, totalOctets: 1e6 };
  }

  /** Lets time pass until the disk was looked at again. */
  passes(ms = 1000): void {
    this.timers.tick(ms);
  }
}

test('rings while less is free than must be, and is over by itself', (t) => {
  const world = new World(t);
  assert.equal(world.alarms.isRaised, false);
  world.freeOctets = LIMIT_OCTETS - 1;
  world.passes();
  assert.deepEqual([world.alarms.isRaised, world.alarms.reason], [true, 'low on disk']);
  world.freeOctets = LIMIT_OCTETS;
  world.passes();
  assert.equal(world.alarms.isRaised, false);
});

test('looks more often when little is left', (t) => {
  const world = new World(t);
  world.freeOctets = 0;
  world.passes(100);
  assert.equal(world.alarm.isRaised, true);
  world.freeOctets = 1e12;
  world.passes(100);
  assert.equal(world.alarm.isRaised, false);
  world.freeOctets = 0;
  world.passes(900);
  assert.equal(world.alarm.isRaised, false);
  world.alarm.check();
  assert.equal(world.alarm.isRaised, true);
});

test('stays on while the store has no space for a segment, whatever is free', (t) => {
  const world = new World(t);
  world.alarm.setOutOfSegments(true);
  world.passes();
  assert.equal(world.alarms.reason, 'low on disk');
  world.freeOctets = 0;
  world.alarm.setOutOfSegments(false);
  assert.equal(world.alarm.isRaised, true);
  world.freeOctets = 5000;
  world.passes();
  assert.equal(world.alarm.isRaised, false);
});

test('is logged once, however often it goes off and on', (t) => {
  const world = new World(t);
  for (let i = 0; i < 5; i++) {
    world.freeOctets = i % 2 === 0 ? 0 : 5000;
    world.passes();
  }
  assert.deepEqual(world.logged, ['low on disk: publishers are blocked']);
  world.freeOctets = 5000;
  world.passes();
  world.passes(5000);
  assert.deepEqual(world.logged.slice(1), ['enough disk again: publishers go on']);
});

test('a disk that cannot be asked is as it was, and that is said once', (t) => {
  const world = new World(t);
  world.freeOctets = 0;
  world.passes();
  world.isBroken = true;
  world.freeOctets = 5000;
  world.passes();
  world.passes();
  assert.equal(world.alarm.isRaised, true);
  assert.deepEqual(world.logged.slice(1), ['it is unknown how much disk space is free']);
  world.isBroken = false;
  world.passes();
  assert.equal(world.alarm.isRaised, false);
});
