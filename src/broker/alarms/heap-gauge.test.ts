import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { HeapGauge } from './heap-gauge.ts';

/** A heap that is as full as the test says, and collects its garbage when it says so. */
class World {
  used = 0;
  isWatched = false;
  collect: () => void = () => assert.fail('nobody waits for a collection');
  readonly gauge = new HeapGauge(
    () => ({ usedOctets: this.used, limitOctets: 100 }),
    (collected) => {
      this.isWatched = true;
      this.collect = collected;
      return { nudge: () => undefined, stop: () => this.stopped() };
    },
  );

  private stopped(): void {
    this.isWatched = false;
  }

  look(used: number): void {
    this.used = used;
    nowMs += 20;
    this.gauge.look();
  }

  /** @param used what is not garbage */
  collected(used: number): void {
    this.used = used;
    this.collect();
  }

  /** What is refused. */
  get refused(): string {
    const refuses = (require: () => void) => {
      try {
        require();
        return false;
      } catch (error) {
        assert.equal((error as Error).message, 'low on heap memory');
        return true;
      }
    };
    const definitions = refuses(() => this.gauge.requireRoomForDefinitions());
    const clients = refuses(() => this.gauge.requireRoomForClients());
    return [definitions && 'definitions', clients && 'clients'].filter(Boolean).join();
  }
}

let nowMs = 0;
beforeEach(() => void mock.method(performance, 'now', () => nowMs));
afterEach(() => mock.restoreAll());

describe('the heap', () => {
  test('is watched from where it may be short, and nothing follows from garbage', () => {
    const world = new World();
    world.gauge.start();
    world.look(69);
    assert.equal(world.isWatched, false);
    world.look(85);
    assert.deepEqual([world.isWatched, world.gauge.isShort, world.refused], [true, false, '']);
    world.collected(20);
    assert.equal(world.gauge.isShort, false);
    world.look(20);
    assert.equal(world.isWatched, false);
  });

  test('is short with too much that is no garbage, until there is clearly less', () => {
    const world = new World();
    world.gauge.start();
    world.look(75);
    world.collected(71);
    assert.deepEqual([world.gauge.isShort, world.refused], [true, '']);
    world.look(65);
    world.collected(65);
    assert.equal(world.gauge.isShort, true);
    world.look(59);
    assert.deepEqual([world.gauge.isShort, world.isWatched], [false, false]);
  });

  test('has no room for definitions before it has none for clients', () => {
    const world = new World();
    world.gauge.start();
    world.look(89);
    world.collected(81);
    assert.equal(world.refused, 'definitions');
    world.look(91); // whatever of it is garbage
    assert.equal(world.refused, 'definitions,clients');
    world.collected(50);
    assert.equal(world.refused, '');
  });

  test('is not looked at before it starts, since what is restored is not refused, nor when it has stopped', () => {
    const world = new World();
    world.look(99);
    assert.equal(world.refused, '');
    world.gauge.start();
    world.look(99);
    assert.equal(world.refused, 'definitions,clients');
    world.gauge.stop();
    world.look(99);
    assert.equal(world.refused, '');
  });
});
