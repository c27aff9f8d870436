import { dirname } from 'node:path';
import type { DataFile, Files, Syncable } from '../disk/files.ts';
import { isSystemError } from '../disk/system-error.ts';
import { checksum } from './checksum.ts';

/**
 * What became of a segment's messages, in a file beside it: blocks of words of 32 bits, little-endian.
 *
 *     block:  number of entries · checksum of the entries · entries
 *     entry:  1… queue       the entries that follow are about the queue of this number
 *             000… position  the record at this position (in units of 8 octets) is acknowledged
 *             010… position  it was delivered; in the log's own segments so were all before it
 *             001 count position  it alone was delivered, and has come back so many times more (8 bits)
 */
const BLOCK_HEADER_WORDS = 2;
const QUEUE_ENTRY = 0x80000000;
const DELIVERED_ENTRY = 0x40000000;
const RETURNED_ENTRY = 0x20000000;
const POSITION_MASK = 0x1fffffff;
/** Where the count begins: in a segment of 16 MiB no position is longer. */
const COUNT_SHIFT = 21;
const MAX_COUNT = 0xff;
const INITIAL_WORDS = 64;
/** A block is written when it has so many entries, without waiting for the turn's end. */
const BLOCK_LIMIT_WORDS = 16 * 1024;
/**
 * While the disk takes nothing, deliveries and returns are noted up to so many entries: a message may come back any number of
 * times. There are no more acknowledgements than messages.
 */
const UNWRITTEN_DELIVERIES_WORDS = 16 * BLOCK_LIMIT_WORDS;
const NO_QUEUE = 0;

/** What reads a segment's acknowledgements. Offsets are in octets from the segment's start. */
export interface AckReader {
  acknowledged(offset: number, queue: number): void;
  delivered(offset: number, queue: number): void;
  /** The queue has delivered it, and it has come back so many times more than was said before. */
  returned(offset: number, queue: number, count: number): void;
  /** The octets at the file's octet `offset` were a block, and are damaged. */
  damaged(offset: number, octets: Buffer): void;
}

/** A segment's acknowledgements: gathered in memory, and written as a block at the end of the turn. */
export class AckFile implements Syncable {
  private readonly files: Files;
  private readonly path: string;
  private readonly seed: number;
  private file: DataFile | undefined;
  /** The file's name may not be on disk yet. */
  private isNew = false;
  /** End of the last whole block in the file. */
  private endOctets = 0;
  /** The next block, its header still open. */
  private block = new Int32Array(INITIAL_WORDS);
  private end = BLOCK_HEADER_WORDS;
  private lastQueue = NO_QUEUE;
  /** The disk did not take the block. It is not tried again for each entry: that costs a checksum of the whole block. */
  private hasFailed = false;

  constructor(files: Files, path: string, seed: number) {
    this.files = files;
    this.path = path;
    this.seed = seed;
  }

  get sizeOctets(): number {
    return this.endOctets + (this.hasPending ? this.end * 4 : 0);
  }

  get hasPending(): boolean {
    return this.end > BLOCK_HEADER_WORDS;
  }

  acknowledged(offset: number, queue: number): void {
    this.add(queue, offset >>> 3);
  }

  /** @param isInOrder the queue delivers this segment's records in order, so that the latest says it of all before it */
  delivered(offset: number, queue: number, isInOrder: boolean): void {
    const entry = DELIVERED_ENTRY | (offset >>> 3);
    const { block, end } = this;
    if (isInOrder && queue === this.lastQueue && (block[end - 1]! & ~POSITION_MASK) === DELIVERED_ENTRY) {
      block[end - 1] = entry;
      return;
    }
    this.add(queue, entry);
  }

  /** @param count how many times more it has come back; 0: it was delivered, which says nothing of those before it */
  returned(offset: number, queue: number, count: number): void {
    let left = count;
    do {
      const part = Math.min(left, MAX_COUNT);
      this.add(queue, RETURNED_ENTRY | (part << COUNT_SHIFT) | (offset >>> 3));
      left -= part;
    } while (left > 0);
  }

  private add(queue: number, entry: number): void {
    if (this.end + 2 > this.block.length && !this.hasMadeRoom(entry)) return;
    if (queue !== this.lastQueue) {
      this.block[this.end++] = QUEUE_ENTRY | queue;
      this.lastQueue = queue;
    }
    this.block[this.end++] = entry;
  }

  /** False: the disk takes nothing, and the entry is not worth more memory. */
  private hasMadeRoom(entry: number): boolean {
    if (this.block.length >= BLOCK_LIMIT_WORDS && !this.hasFailed && this.hasFlushed()) return true;
    const isAcknowledgement = (entry & (DELIVERED_ENTRY | RETURNED_ENTRY)) === 0;
    if (this.block.length >= UNWRITTEN_DELIVERIES_WORDS && !isAcknowledgement) return false;
    const larger = new Int32Array(this.block.length * 2);
    larger.set(this.block);
    this.block = larger;
    return true;
  }

  private hasFlushed(): boolean {
    try {
      this.flush();
      return true;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.hasFailed = true; // more is gathered until the turn's end, when the same error is told
      return false;
    }
  }

  /** Writes what was gathered. @throws the system's error; the entries stay, and are written with the next block */
  flush(): void {
    if (!this.hasPending) return;
    const { block, end } = this;
    block[0] = end - BLOCK_HEADER_WORDS;
    block[1] = checksum(block, BLOCK_HEADER_WORDS, end, this.seed);
    this.file ??= this.openFile();
    this.file.write(Buffer.from(block.buffer), 0, end * 4, this.endOctets);
    this.endOctets += end * 4;
    this.end = BLOCK_HEADER_WORDS;
    if (block.length > BLOCK_LIMIT_WORDS) this.block = new Int32Array(BLOCK_LIMIT_WORDS);
    this.lastQueue = NO_QUEUE;
    this.hasFailed = false;
  }

  private openFile(): DataFile {
    this.isNew = !this.files.exists(this.path);
    return this.isNew ? this.files.create(this.path) : this.files.open(this.path);
  }

  /**
   * Reads the whole blocks. What comes after the last of them was being written when the broker or the machine went down:
   * it is cut off. Returns how many octets that were.
   */
  read(reader: AckReader): number {
    if (!this.files.exists(this.path)) return 0;
    this.file ??= this.openFile();
    const size = this.file.sizeOctets;
    const octets = Buffer.alloc(size & ~3);
    this.endOctets = (size + 3) & ~3; // should it not be readable, what comes is written behind it
    this.file.read(octets, 0, octets.length, 0);
    const words = new Int32Array(octets.buffer, octets.byteOffset, octets.length >> 2);
    let at = 0;
    for (let next = nextBlock(words, at, this.seed); next >= 0; next = nextBlock(words, at, this.seed)) {
      if (next > at) reader.damaged(at * 4, octets.subarray(at * 4, next * 4));
      at = blockEnd(words, next, this.seed);
      readBlock(words, next + BLOCK_HEADER_WORDS, at, reader);
    }
    this.endOctets = at * 4;
    return size - this.endOctets;
  }

  /** Removes what stands behind the last whole block, so that it can't pass for a part of a later one. */
  cut(): void {
    this.file ??= this.openFile();
    this.file.truncate(this.endOctets);
  }

  async sync(): Promise<void> {
    await this.file?.sync();
    if (!this.isNew) return;
    this.isNew = false;
    await this.directory.sync();
  }

  syncNow(): void {
    this.file?.syncNow();
    if (!this.isNew) return;
    this.isNew = false;
    this.directory.syncNow();
  }

  private get directory(): Syncable {
    return this.files.directory(dirname(this.path));
  }

  close(): void {
    this.file?.close();
    this.file = undefined;
  }

  /** Closes and removes the file, with what was gathered. */
  remove(): void {
    const exists = this.file !== undefined || this.files.exists(this.path);
    this.close();
    this.end = BLOCK_HEADER_WORDS;
    if (exists) this.files.remove(this.path);
  }
}

function readBlock(words: Int32Array, from: number, to: number, reader: AckReader): void {
  let queue = NO_QUEUE;
  for (let at = from; at < to; at++) {
    const entry = words[at]!;
    const offset = (entry & POSITION_MASK) << 3;
    if (entry < 0) queue = entry & ~QUEUE_ENTRY;
    else if ((entry & DELIVERED_ENTRY) !== 0) reader.delivered(offset, queue);
    else if ((entry & RETURNED_ENTRY) !== 0) readReturn(entry, queue, reader);
    else reader.acknowledged(offset, queue);
  }
}

function readReturn(entry: number, queue: number, reader: AckReader): void {
  const position = entry & ((1 << COUNT_SHIFT) - 1);
  reader.returned(position << 3, queue, (entry >>> COUNT_SHIFT) & MAX_COUNT);
}

/**
 * Where the next whole block begins: at the word, or, where that one is damaged, behind it; -1: there is no other. Each begins
 * with the number of a queue, so that few words need to be looked at closely.
 */
function nextBlock(words: Int32Array, at: number, seed: number): number {
  for (let next = at; next + BLOCK_HEADER_WORDS < words.length; next++) {
    if (words[next + BLOCK_HEADER_WORDS]! < 0 && blockEnd(words, next, seed) > next) return next;
  }
  return -1;
}

/** Where the block ends that begins at the word; the same word: there is no whole block. */
function blockEnd(words: Int32Array, at: number, seed: number): number {
  const count = words[at];
  if (count === undefined || count <= 0 || at + BLOCK_HEADER_WORDS + count > words.length) return at;
  const first = at + BLOCK_HEADER_WORDS;
  return checksum(words, first, first + count, seed) === words[at + 1] ? first + count : at;
}
