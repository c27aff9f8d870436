const FIRST_CAPACITY = 16;
const BLOCK_BITS = 16;
const BLOCK_PLACES = 1 << BLOCK_BITS;
const PLACE_MASK = BLOCK_PLACES - 1;
/** So many places may be empty, so that a length about a block's edge does not reallocate. */
const KEPT_PLACES = 2 * BLOCK_PLACES;

/** Columns of some messages. */
export interface ReturnedBlock {
  readonly sequences: Float64Array;
  readonly slots: Uint32Array;
}

function newBlock(places: number): ReturnedBlock {
  return { sequences: new Float64Array(places), slots: new Uint32Array(places) };
}

/**
 * A list of sequence numbers and slots in blocks: it grows to any length without being copied, and gives memory back as it
 * shrinks. Only its first block starts small, since most lists are short. 12 octets a message.
 */
export class ReturnedMessages {
  length = 0;
  private capacity = 0;
  private readonly blocks: ReturnedBlock[] = [];

  /** All of them, where they are in one block: looking each up by its index takes twice as long. */
  get onlyBlock(): ReturnedBlock | undefined {
    return this.blocks.length === 1 ? this.blocks[0] : undefined;
  }

  sequenceAt(index: number): number {
    return this.blocks[index >>> BLOCK_BITS]!.sequences[index & PLACE_MASK]!;
  }

  slotAt(index: number): number {
    return this.blocks[index >>> BLOCK_BITS]!.slots[index & PLACE_MASK]!;
  }

  set(index: number, sequence: number, slot: number): void {
    const block = this.blocks[index >>> BLOCK_BITS]!;
    block.sequences[index & PLACE_MASK] = sequence;
    block.slots[index & PLACE_MASK] = slot;
  }

  push(sequence: number, slot: number): void {
    const index = this.length++;
    if (index === this.capacity) this.grow();
    this.set(index, sequence, slot);
  }

  private grow(): void {
    const { blocks } = this;
    const [first] = blocks;
    if (first === undefined) blocks.push(newBlock(FIRST_CAPACITY));
    else if (first.slots.length < BLOCK_PLACES) blocks[0] = enlarged(first);
    else blocks.push(newBlock(BLOCK_PLACES));
    this.capacity = (blocks.length - 1) * BLOCK_PLACES + blocks.at(-1)!.slots.length;
  }

  /** Takes out those from the index on. */
  truncate(length: number): void {
    this.length = length;
    if (this.capacity - length > KEPT_PLACES) this.shrink();
  }

  private shrink(): void {
    this.blocks.length = Math.ceil(this.length / BLOCK_PLACES) + 1;
    this.capacity = this.blocks.length * BLOCK_PLACES;
  }
}

function enlarged({ sequences, slots }: ReturnedBlock): ReturnedBlock {
  const block = newBlock(slots.length * 2);
  block.sequences.set(sequences);
  block.slots.set(slots);
  return block;
}
