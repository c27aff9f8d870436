/** What a disk writes whole or not at all. */
export const SECTOR_OCTETS = 512;

const ZEROS = Buffer.alloc(SECTOR_OCTETS);

/** Random decisions, such that a test can have the same ones again. */
export interface Dice {
  /** A whole number from 0 up to, but not including, the limit. */
  below(limit: number): number;
}

/** A file's octets as sectors, which are never changed but replaced, so that copies share them. A missing one is zeros. */
interface Content {
  readonly sectors: Map<number, Buffer>;
  sizeOctets: number;
}

/** What was done to a file since some instant: first it was cut to a size, then sectors were written, and it grew. */
interface Changes {
  truncatedTo: number;
  readonly sectors: Map<number, Buffer>;
  sizeOctets: number;
}

/** A sync that has begun: how it ends is up to the test. */
export interface BegunSync {
  succeed(): void;
  /** So much of what was to be written is, all the same. */
  fail(doneShare: number): void;
}

/**
 * A file's octets, on disk and as programs see them.
 *
 *     durable ──► in flight (syncs that have begun) ──► dirty ──► cached: what is read
 *
 * After a failed sync its sectors are no longer dirty, although they are not on disk: no later sync writes them. That is
 * what Linux does.
 */
export class SimulatedFile {
  private readonly durable: Content;
  private readonly cached: Content;
  private readonly inFlight: Changes[] = [];
  private dirty: Changes;

  constructor(durable: Content = { sectors: new Map(), sizeOctets: 0 }, cached: Content = copyOf(durable)) {
    this.durable = durable;
    this.cached = cached;
    this.dirty = noChanges(cached.sizeOctets);
  }

  get sizeOctets(): number {
    return this.cached.sizeOctets;
  }

  read(octets: Buffer, start: number, end: number, position: number): number {
    const { cached } = this;
    const length = Math.max(0, Math.min(end - start, cached.sizeOctets - position));
    for (let at = 0; at < length; ) {
      const { index, from, count } = sectorAt(position + at, length - at);
      const sector = cached.sectors.get(index);
      if (sector === undefined) octets.fill(0, start + at, start + at + count);
      else sector.copy(octets, start + at, from, from + count);
      at += count;
    }
    return length;
  }

  write(octets: Buffer, start: number, end: number, position: number): void {
    for (let at = start; at < end; ) {
      const { index, from, count } = sectorAt(position + at - start, end - at);
      const sector = this.changedSector(index);
      octets.copy(sector, from, at, at + count);
      this.setSector(index, sector);
      at += count;
    }
    this.grow(position + end - start);
  }

  /** Takes over what the file is now, where it was written past this: sectors that are as they were stay clean. */
  become(octets: Buffer): void {
    this.truncate(octets.length);
    for (let index = 0, at = 0; at < octets.length; index++, at += SECTOR_OCTETS) {
      const sector = octets.subarray(at, at + SECTOR_OCTETS);
      const old = this.cached.sectors.get(index) ?? ZEROS;
      if (old.compare(sector, 0, sector.length, 0, sector.length) === 0) continue;
      this.setSector(index, Buffer.concat([sector], SECTOR_OCTETS));
    }
  }

  grow(sizeOctets: number): void {
    if (sizeOctets <= this.cached.sizeOctets) return;
    this.cached.sizeOctets = this.dirty.sizeOctets = sizeOctets;
  }

  truncate(sizeOctets: number): void {
    if (sizeOctets >= this.cached.sizeOctets) {
      this.grow(sizeOctets);
      return;
    }
    cutTo(this.cached, sizeOctets);
    cutTo(this.dirty, sizeOctets);
    this.dirty.truncatedTo = Math.min(this.dirty.truncatedTo, sizeOctets);
  }

  /** A sync covers what was written before it begins, and what syncs before it have not ended with. */
  beginSync(): BegunSync {
    const changes = this.dirty;
    this.dirty = noChanges(this.cached.sizeOctets);
    this.inFlight.push(changes);
    return {
      succeed: () => {
        const index = this.inFlight.indexOf(changes);
        for (const done of this.inFlight.splice(0, index + 1)) applyAll(this.durable, done);
      },
      fail: (doneShare) => this.lose(changes, doneShare),
    };
  }

  /** The system writes some of what is dirty, without being asked. */
  writeBack(dice: Dice): void {
    const { durable, dirty } = this;
    if (this.inFlight.length > 0 || isCut(dirty)) return;
    for (const [index, sector] of dirty.sectors) {
      if (dice.below(2) === 0) continue;
      durable.sectors.set(index, sector);
      dirty.sectors.delete(index);
    }
  }

  /** What is found after a power cut: of each sector written since the last sync the old octets or the new ones. */
  afterPowerCut(dice: Dice): SimulatedFile {
    const found = copyOf(this.durable);
    for (const changes of [...this.inFlight, this.dirty]) applySome(found, changes, dice);
    cutTo(found, found.sizeOctets);
    return new SimulatedFile(found);
  }

  /** What is found after the process was killed: all that was written, and still no more of it on disk. */
  afterKill(): SimulatedFile {
    const file = new SimulatedFile(copyOf(this.durable), copyOf(this.cached));
    for (const changes of [...this.inFlight, this.dirty]) merge(file.dirty, changes);
    return file;
  }

  private changedSector(index: number): Buffer {
    const old = this.cached.sectors.get(index);
    return old === undefined ? Buffer.alloc(SECTOR_OCTETS) : Buffer.from(old);
  }

  private setSector(index: number, sector: Buffer): void {
    this.cached.sectors.set(index, sector);
    this.dirty.sectors.set(index, sector);
  }

  /** Sizes are of the file system's own journal: they remain to be written. */
  private lose(changes: Changes, doneShare: number): void {
    const index = this.inFlight.indexOf(changes);
    if (index < 0) return; // a later sync has ended with its work done
    this.inFlight.splice(index, 1);
    const doneCount = Math.floor(changes.sectors.size * doneShare);
    for (const [number, sector] of [...changes.sectors].slice(0, doneCount)) this.durable.sectors.set(number, sector);
    this.dirty.truncatedTo = Math.min(this.dirty.truncatedTo, changes.truncatedTo);
  }
}

/** The part of one sector that a range begins with. */
function sectorAt(position: number, length: number): { index: number; from: number; count: number } {
  const from = position % SECTOR_OCTETS;
  return { index: (position - from) / SECTOR_OCTETS, from, count: Math.min(length, SECTOR_OCTETS - from) };
}

function copyOf({ sectors, sizeOctets }: Content): Content {
  return { sectors: new Map(sectors), sizeOctets };
}

function noChanges(sizeOctets: number): Changes {
  return { truncatedTo: Number.POSITIVE_INFINITY, sectors: new Map(), sizeOctets };
}

function isCut({ truncatedTo }: Changes): boolean {
  return truncatedTo !== Number.POSITIVE_INFINITY;
}

/** Of a file on disk that has not grown yet, sectors may be there already: they go, too. */
function cutTo(content: Content, sizeOctets: number): void {
  content.sizeOctets = Math.min(content.sizeOctets, sizeOctets);
  for (const [index, sector] of content.sectors) {
    const room = sizeOctets - index * SECTOR_OCTETS;
    if (room <= 0) content.sectors.delete(index);
    else if (room < SECTOR_OCTETS) content.sectors.set(index, Buffer.concat([sector.subarray(0, room)], SECTOR_OCTETS));
  }
}

function applyAll(content: Content, changes: Changes): void {
  if (isCut(changes)) cutTo(content, changes.truncatedTo);
  for (const [index, sector] of changes.sectors) content.sectors.set(index, sector);
  content.sizeOctets = Math.max(content.sizeOctets, changes.sizeOctets);
}

function applySome(content: Content, changes: Changes, dice: Dice): void {
  if (isCut(changes) && dice.below(2) === 0) cutTo(content, changes.truncatedTo);
  for (const [index, sector] of changes.sectors) if (dice.below(2) === 0) content.sectors.set(index, sector);
  const growth = changes.sizeOctets - content.sizeOctets;
  if (growth > 0) content.sizeOctets += [growth, dice.below(growth), 0][dice.below(3)]!;
}

function merge(into: Changes, later: Changes): void {
  if (later.truncatedTo < into.truncatedTo) {
    cutTo(into, later.truncatedTo);
    into.truncatedTo = later.truncatedTo;
  }
  for (const [index, sector] of later.sectors) into.sectors.set(index, sector);
  into.sizeOctets = later.sizeOctets;
}
