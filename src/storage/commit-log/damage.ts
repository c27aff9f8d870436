import { isMediumError } from '../disk/system-error.ts';
import type { DurableStore } from './durable-store.ts';
import type { Segment } from './segment.ts';
import { NOT_ATTACHED } from './window.ts';

/** Damage that recovery has met and set aside. */
export interface Damage {
  /** Name of the file. */
  readonly file: string;
  readonly offset: number;
  readonly sizeOctets: number;
  readonly reason: string;
  /** It looks like what was being written when the broker or the machine went down: nobody was told that it is safe. */
  readonly isUnfinished: boolean;
  readonly octets: Buffer;
}

const NONE = Buffer.alloc(0);

/** What recovery tells of damage: where it is, a copy of the octets, and whether a crash explains it. */
export class DamageReports {
  /** The number of the newest segment that was begun: a crash cuts short what was written last. */
  newestNumber = 0;
  /** There was damage that no crash explains. */
  private isAny = false;
  private readonly store: DurableStore;
  private readonly tell: (damage: Damage) => void;

  constructor(store: DurableStore, tell: (damage: Damage) => void) {
    this.store = store;
    this.tell = tell;
  }

  /** Whether the segment was being written to when the broker went down; in order it would have been cut. */
  wasOpen({ kind, number, file }: Segment): boolean {
    const { segmentSizeOctets } = this.store.segmentFiles.window;
    return kind === 'log' && number >= this.newestNumber && file.sizeOctets >= segmentSizeOctets;
  }

  /** Octets of a segment. */
  inSegment(segment: Segment, from: number, to: number, reason: string, isUnfinished: boolean): void {
    const { window } = this.store.segmentFiles;
    if (segment.base === NOT_ATTACHED) window.attach(segment);
    const octets = Buffer.from(window.octets.subarray(segment.base + from, segment.base + to));
    this.report({ file: segment.file.path, offset: from, sizeOctets: to - from, reason, isUnfinished, octets });
  }

  /** A block of acknowledgements that others follow. */
  inAcknowledgements(file: string, offset: number, octets: Buffer): void {
    const reason = 'no valid acknowledgements';
    this.report({ file, offset, sizeOctets: octets.length, reason, isUnfinished: false, octets });
  }

  /** The last octets of a file of acknowledgements. */
  endOfAcknowledgements(file: string, sizeOctets: number): void {
    this.endOf(file, sizeOctets, 'no valid acknowledgements at the end', true);
  }

  /** The message of a record has no body, or a damaged one. */
  inBody(segment: Segment, offset: number, lengthOctets: number, order: number): void {
    const state = this.store.bodies.stateOf(order);
    const isUnfinished = state === 'unfinished' || (state === 'missing' && this.wasOpen(segment));
    this.inSegment(segment, offset, offset + lengthOctets, 'its body is missing or damaged', isUnfinished);
  }

  /** A body that is of no message: it is kept where anything was damaged, since that may have been itself, or its record. */
  bodyLeftOver(file: string): void {
    if (this.isAny) this.endOf(file, undefined, 'of a message that is damaged or gone', false);
  }

  /** The disk does not give the file back. */
  unreadable(file: string, { code }: NodeJS.ErrnoException): void {
    this.report({
      file,
      offset: 0,
      sizeOctets: 0,
      reason: `cannot be read (${code})`,
      isUnfinished: false,
      octets: NONE,
    });
  }

  /** A segment that should have something in it. */
  emptied(file: string): void {
    this.report({
      file,
      offset: 0,
      sizeOctets: 0,
      reason: 'empty: its messages are missing',
      isUnfinished: false,
      octets: NONE,
    });
  }

  /** @param sizeOctets undefined: all of the file */
  private endOf(path: string, sizeOctets: number | undefined, reason: string, isUnfinished: boolean): void {
    try {
      this.reportEnd(path, sizeOctets, reason, isUnfinished);
    } catch (error) {
      if (!isMediumError(error)) throw error;
      this.unreadable(path, error);
    }
  }

  private reportEnd(path: string, sizeOctets: number | undefined, reason: string, isUnfinished: boolean): void {
    const file = this.store.segmentFiles.files.open(path);
    try {
      const octets = Buffer.alloc(sizeOctets ?? file.sizeOctets);
      const offset = file.sizeOctets - octets.length;
      file.read(octets, 0, octets.length, offset);
      this.report({ file: path, offset, sizeOctets: octets.length, reason, isUnfinished, octets });
    } finally {
      file.close();
    }
  }

  private report(damage: Damage): void {
    if (!damage.isUnfinished) this.isAny = true;
    this.tell(damage);
  }
}
