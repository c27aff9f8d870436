import type { SegmentKind } from './segment.ts';

/** Something in a file that is not as it was written. */
export interface DamageReport {
  /** Name of the file. */
  readonly file: string;
  readonly offset: number;
  readonly sizeOctets: number;
  readonly reason: string;
}

/** Octets that a crash has left behind, which nobody was told are safe. The next start cuts them off. */
export interface UnfinishedReport {
  readonly file: string;
  readonly offset: number;
  readonly sizeOctets: number;
}

/** A file of the commit log, as an inspection has found it. */
export interface SegmentReport {
  readonly number: number;
  readonly kind: SegmentKind;
  readonly file: string;
  readonly sizeOctets: number;
  /** Where its records end. */
  usedOctets: number;
  /** Nothing was ever written to it: it waits for its turn. */
  isReserved: boolean;
  /** Records of any kind. */
  records: number;
  /** Messages that a queue still has. */
  liveRecords: number;
  liveOctets: number;
  /** The rest of the records. */
  deadRecords: number;
  deadOctets: number;
  /** When its first and last message came, in milliseconds since 1970; undefined: it has none. */
  firstTimestampMs: number | undefined;
  lastTimestampMs: number | undefined;
  /** What became of its messages, in the file beside it. */
  ackOctets: number;
}

/** What a queue would get back. */
export interface QueueContent {
  messages: number;
  /** Of the messages' bodies. */
  octets: number;
}

/** What a commit log holds. */
export interface LogReport {
  readonly segments: readonly SegmentReport[];
  /** By the queue's number. */
  readonly queues: ReadonlyMap<number, QueueContent>;
  /** Messages that are alive, each counted once, and the octets of their records and of bodies in files of their own. */
  readonly messages: number;
  readonly liveOctets: number;
  readonly bodies: { readonly files: number; readonly octets: number };
  /** Files that the next start removes: bodies and acknowledgements of what is gone, spare segments. */
  readonly leftovers: readonly string[];
  readonly damages: readonly DamageReport[];
  readonly unfinished: readonly UnfinishedReport[];
}
