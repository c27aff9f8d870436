import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { incomingMessage, type MessageParts } from '../../protocol/message.test.helper.ts';
import type { GroupCommit } from '../disk/group-commit.ts';
import { SimulatedDisk } from '../disk/simulated-disk.test.helper.ts';
import { contentOf, type LogParts, type OpenedLog, openLog } from './commit-log.test.helper.ts';
import { LOG_PATH } from './log-image.test.helper.ts';
import { FLAG_IN_TRANSACTION } from './record.ts';
import type { Segment, SegmentKind } from './segment.ts';
import { parseSegmentName } from './segment-files.ts';

const Q1 = Int32Array.of(1);
/** Everything that has begun ends in so many turns. */
const TURNS = 20;
/** Of a message's body, unless the test says otherwise. */
const MESSAGE_OCTETS = 1000;
/** Of such messages, in a segment of 64 KiB. */
export const MESSAGES_A_SEGMENT = 60;

/** What a log on the disk is opened with. */
export type PartsOnDisk = (disk: SimulatedDisk, commit: GroupCommit) => LogParts;

/** A publisher and a consumer of a queue whose messages are in a log on a disk that fails. */
export class Session {
  readonly disk: SimulatedDisk;
  readonly opened: OpenedLog;
  /** Messages of which the publisher was told that they are safe, or that nothing is known of them. */
  readonly committed = new Set<string>();
  readonly failed = new Set<string>();
  /** What is in the queue: slot by key. */
  readonly held = new Map<string, number>();
  private readonly sizes = new Map<string, number>();
  private readonly partsOn: PartsOnDisk;

  /** @param partsOn what the log is opened with besides its files; also after a restart */
  constructor(disk = new SimulatedDisk(), partsOn: PartsOnDisk = () => ({})) {
    this.disk = disk;
    this.partsOn = partsOn;
    this.opened = openLog(LOG_PATH, undefined, disk, undefined, (commit) => partsOn(disk, commit));
    for (const { slot } of this.opened.queues.get(1) ?? []) this.held.set(contentOf(this.opened, slot).key, slot);
  }

  get store() {
    return this.opened.log.store;
  }

  /** @throws AmqpError if the log refuses the message */
  publish(key: string, sizeOctets = MESSAGE_OCTETS): void {
    const slot = this.store.append(incomingMessage(partsOf(key, sizeOctets)), Q1, 0);
    this.held.set(key, slot);
    this.sizes.set(key, sizeOctets);
    this.opened.commit.wait({
      committed: () => void this.committed.add(key),
      commitFailed: () => void this.failed.add(key),
    });
  }

  /** Publishes and acknowledges in a transaction. @throws AmqpError if the log refuses it */
  transact(keys: readonly string[], acknowledged: readonly string[] = []): void {
    const slots = keys.map((key) => this.appendInTransaction(key));
    const acks = acknowledged.map((key) => ({ slot: this.held.get(key)!, queue: 1 }));
    const committed = () => {
      for (const [i, key] of keys.entries()) this.hold(key, slots[i]!);
      for (const key of acknowledged) this.acknowledge(key);
    };
    const commitFailed = () => {
      for (const key of keys) this.failed.add(key);
    };
    this.store.transactions.end(keys.length, acks, { committed, commitFailed });
  }

  /** Publishes in a transaction that never comes to its end. */
  transactInVain(keys: readonly string[]): void {
    for (const slot of keys.map((key) => this.appendInTransaction(key))) {
      this.store.abandon(slot);
      this.store.release(slot);
    }
  }

  private appendInTransaction(key: string): number {
    return this.store.append(incomingMessage(partsOf(key, MESSAGE_OCTETS)), Q1, FLAG_IN_TRANSACTION);
  }

  private hold(key: string, slot: number): void {
    this.held.set(key, slot);
    this.sizes.set(key, MESSAGE_OCTETS);
    this.committed.add(key);
  }

  publishMany(count: number, prefix = 'm'): void {
    for (let i = 0; i < count; i++) this.publish(`${prefix}${i}`);
  }

  /** Publishes until the log refuses; returns how many it has taken, and with what it has refused. */
  publishUntilRefused(prefix: string): { count: number; replyCode: number } {
    for (let count = 0; ; count++) {
      try {
        this.publish(`${prefix}${count}`);
      } catch (error) {
        return { count, replyCode: replyCodeOf(error) };
      }
    }
  }

  /** Room in the segment that is appended to. */
  get roomOctets(): number {
    return this.store.segments.find((segment) => segment?.isTail)?.roomOctets ?? 0;
  }

  /** The number of the segment that the message is in. */
  segmentOf(key: string): number {
    return this.segmentWith(key).number;
  }

  kindOfSegmentOf(key: string): SegmentKind {
    return this.segmentWith(key).kind;
  }

  private segmentWith(key: string): Segment {
    return this.store.segments[this.store.slots.segment[this.held.get(key)!]!]!;
  }

  /** Whether the segment's file is there. */
  hasSegment(number: number): boolean {
    return this.files('.log').some((name) => parseSegmentName(name)?.number === number);
  }

  /** The files of the log with this ending. */
  files(ending: string): string[] {
    return this.disk.list(LOG_PATH).filter((name) => name.endsWith(ending));
  }

  acknowledge(key: string): void {
    const slot = this.held.get(key)!;
    this.held.delete(key);
    this.store.acknowledged(slot, 1);
    this.store.release(slot);
  }

  assertReadable(key: string): void {
    const content = contentOf(this.opened, this.held.get(key)!);
    assert.equal(content.key, key);
    assert.ok(content.body.equals(Buffer.alloc(this.sizes.get(key)!, `${key}·`)), `body of ${key}`);
  }

  /** Lets what has begun end. */
  async settle(): Promise<void> {
    for (let i = 0; i < TURNS; i++) await turn();
  }

  /** What a broker finds that starts on the same disk after a power cut that loses all it can, or after a kill. */
  restarted(how: 'power cut' | 'kill'): Session {
    this.disk.faults.clear();
    const found = how === 'kill' ? this.disk.afterKill() : this.disk.afterPowerCut(UNLUCKY);
    return new Session(found, this.partsOn);
  }

  assertHasCommitted(before: Session): void {
    for (const key of before.committed) {
      if (!before.held.has(key)) continue;
      assert.ok(this.held.has(key), `${key} was reported committed, and is lost`);
      this.sizes.set(key, before.sizes.get(key)!);
      this.assertReadable(key);
    }
  }
}

function partsOf(key: string, sizeOctets: number): MessageParts {
  return { routingKey: key, body: Buffer.alloc(sizeOctets, `${key}·`), layout: 'apart' };
}

/** Whatever may be lost is lost. */
const UNLUCKY = { below: (limit: number) => limit - 1 };

export function replyCodeOf(error: unknown): number {
  assert.ok(error instanceof AmqpError, String(error));
  return error.replyCode;
}
