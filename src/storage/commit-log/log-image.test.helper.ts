import assert from 'node:assert/strict';
import { basename, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { SimulatedDisk } from '../disk/simulated-disk.test.helper.ts';
import { contentOf, type OpenedLog, openLog } from './commit-log.test.helper.ts';
import { FLAG_IN_TRANSACTION } from './record.ts';

export const LOG_PATH = '/messages';

interface Published {
  readonly queues: readonly number[];
  readonly body: Buffer;
  /** The queues that have acknowledged it. */
  readonly acknowledgedBy: Set<number>;
}

/** A message that a queue should have got back, and has not. */
export interface Missing {
  readonly key: string;
  readonly queue: number;
}

/** What was found in an image: a log that was opened, and what is missing in it. */
export interface Found extends OpenedLog {
  readonly missing: readonly Missing[];
}

/** The files of a log that was closed, and what was in it. Keys are numbers, in the order of publishing. */
export class LogImage {
  private readonly disk = new SimulatedDisk();
  private readonly published: Published[] = [];
  private contents: ReadonlyMap<string, Buffer> | undefined;

  /** Fills a log by `fill` and closes it. */
  static async of(fill: (writer: LogWriter) => Promise<void>): Promise<LogImage> {
    const image = new LogImage();
    const opened = openLog(LOG_PATH, undefined, image.disk);
    await fill(new LogWriter(opened, image.published));
    await opened.log.close();
    return image;
  }

  /** The names of its files with this ending. */
  files(ending: string): string[] {
    return this.disk
      .list(LOG_PATH)
      .filter((name) => name.endsWith(ending))
      .sort();
  }

  contentOf(name: string): Buffer {
    this.contents ??= this.disk.contents();
    return this.contents.get(join(LOG_PATH, name))!;
  }

  /** A copy of its files, to be damaged. */
  copy(): SimulatedDisk {
    return this.disk.afterKill();
  }

  /** Opens what has become of a copy. Whatever a queue gets is as it was published, in order, and nothing comes twice. */
  open(disk: SimulatedDisk): Found {
    const opened = openLog(LOG_PATH, undefined, disk);
    const missing: Missing[] = [];
    for (const queue of new Set(this.published.flatMap(({ queues }) => queues))) {
      const present = this.presentIn(opened, queue);
      for (const [number, { queues, acknowledgedBy }] of this.published.entries()) {
        const isExpected = queues.includes(queue) && !acknowledgedBy.has(queue);
        if (isExpected && !present.has(number)) missing.push({ key: String(number), queue });
      }
    }
    return { ...opened, missing };
  }

  private presentIn(opened: OpenedLog, queue: number): Set<number> {
    const present = new Set<number>();
    let last = -1;
    for (const { slot } of opened.queues.get(queue) ?? []) {
      const { key, body } = contentOf(opened, slot);
      const number = Number(key);
      assert.ok(number > last, `queue ${queue} has ${number} behind ${last}`);
      last = number;
      const published = this.published[number];
      assert.ok(published, `${key} was never published`);
      assert.ok(published.queues.includes(queue), `${key} was never in queue ${queue}`);
      assert.ok(published.body.equals(body), `body of ${key}`);
      present.add(number);
    }
    return present;
  }
}

/** Fills a log. */
export class LogWriter {
  readonly opened: OpenedLog;
  private readonly published: Published[];
  private readonly slots: number[] = [];

  constructor(opened: OpenedLog, published: Published[]) {
    this.opened = opened;
    this.published = published;
  }

  /** Returns the message's number. */
  publish(sizeOctets: number, queues: readonly number[], flags = 0): number {
    const { store } = this.opened.log;
    const number = this.published.length;
    const body = Buffer.alloc(sizeOctets, `${number}·`);
    const message = incomingMessage({ routingKey: String(number), body, layout: 'apart' });
    this.published.push({ queues, body, acknowledgedBy: new Set() });
    const slot = store.append(message, Int32Array.from(queues), flags);
    for (let i = 1; i < queues.length; i++) store.retain(slot);
    this.slots.push(slot);
    return number;
  }

  /** Publishes messages of 300 octets in a transaction; returns the number of the first. */
  publishInTransaction(count: number, queues: readonly number[]): number {
    const first = this.published.length;
    for (let i = 0; i < count; i++) this.publish(300, queues, FLAG_IN_TRANSACTION);
    const listener = { committed: () => undefined, commitFailed: () => undefined };
    this.opened.log.store.transactions.end(count, [], listener);
    return first;
  }

  acknowledge(number: number, queue: number): void {
    const { store } = this.opened.log;
    this.published[number]!.acknowledgedBy.add(queue);
    store.acknowledged(this.slots[number]!, queue);
    store.release(this.slots[number]!);
  }

  deliver(number: number, queue: number): void {
    this.opened.log.store.delivered(this.slots[number]!, queue, true);
  }

  /** Lets syncing and compaction have their turns. */
  async settle(): Promise<void> {
    for (let i = 0; i < 10; i++) {
      await this.opened.commit.flushed();
      await turn();
    }
  }
}

/** Turns a bit of the file round. */
export function flip(disk: SimulatedDisk, name: string, offset: number, bit: number): void {
  const file = disk.open(join(LOG_PATH, name));
  const octet = Buffer.alloc(1);
  file.read(octet, 0, 1, offset);
  octet[0]! ^= 1 << bit;
  file.write(octet, 0, 1, offset);
  file.close();
}

/** Cuts the file at the octet. */
export function cut(disk: SimulatedDisk, name: string, offset: number): void {
  const file = disk.open(join(LOG_PATH, name));
  file.truncate(offset);
  file.close();
}

/** Whether something was reported about the octet of the file. */
export function isReported({ damages }: OpenedLog, name: string, at: number): boolean {
  return damages.some(
    ({ file, offset, sizeOctets }) => basename(file) === name && offset <= at && at < offset + sizeOctets,
  );
}
