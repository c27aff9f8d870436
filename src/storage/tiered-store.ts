import { type Message, NOT_STORED } from '../protocol/message.ts';
import { DURABLE_SLOT } from './commit-log/durable-slot.ts';
import type { DurableStore } from './commit-log/durable-store.ts';
import { FLAG_IN_TRANSACTION } from './commit-log/record.ts';
import type { TransactionAck } from './commit-log/transactions.ts';
import type { CommitListener, GroupCommit } from './disk/group-commit.ts';
import type { MemoryStore } from './memory/memory-store.ts';
import type { MessageStore } from './message/message-store.ts';
import { holds, holdsNothing, viewOf } from './message/stored-as.ts';
import type { MessageJournal } from './message-journal.ts';

/** Transient messages in memory, durable ones in the commit log; the slot tells which. */
export class TieredStore implements MessageStore, MessageJournal {
  private readonly memory: MemoryStore;
  private readonly durable: DurableStore;

  constructor(memory: MemoryStore, durable: DurableStore) {
    this.memory = memory;
    this.durable = durable;
  }

  hold(message: Message): number {
    const { slot } = message;
    if (slot < DURABLE_SLOT) return this.memory.hold(message);
    this.durable.retain(slot ^ DURABLE_SLOT);
    return slot;
  }

  endPublish(message: Message): void {
    const { slot } = message;
    if (slot === NOT_STORED || !message.isHolder) return;
    holdsNothing(message);
    this.release(slot, 0);
  }

  keepCopy(message: Message): number {
    return message.slot === NOT_STORED ? this.memory.keepCopy(message) : this.hold(message);
  }

  read(slot: number, into: Message): void {
    if (slot < DURABLE_SLOT) {
      this.memory.read(slot, into);
      into.keeper = undefined;
    } else {
      this.durable.read(slot ^ DURABLE_SLOT, into);
      viewOf(into, slot);
    }
  }

  readHeader(slot: number, into: Message): void {
    if (slot < DURABLE_SLOT) this.memory.readHeader(slot, into);
    else this.durable.readHeader(slot ^ DURABLE_SLOT, into);
    viewOf(into, slot);
    into.keeper = undefined;
  }

  bodySize(slot: number): number {
    return slot >= DURABLE_SLOT ? this.durable.bodySize(slot ^ DURABLE_SLOT) : this.memory.bodySize(slot);
  }

  release(slot: number, queue: number): void {
    if (slot < DURABLE_SLOT) {
      this.memory.release(slot);
      return;
    }
    const row = slot ^ DURABLE_SLOT;
    if (queue !== 0) this.durable.acknowledged(row, queue);
    this.durable.release(row);
  }

  delivered(slot: number, queue: number, isInOrder: boolean): void {
    if (slot >= DURABLE_SLOT) this.durable.delivered(slot ^ DURABLE_SLOT, queue, isInOrder);
  }

  returned(slot: number, queue: number): void {
    if (slot >= DURABLE_SLOT) this.durable.returned(slot ^ DURABLE_SLOT, queue);
  }

  acknowledged(slot: number, queue: number): void {
    if (slot >= DURABLE_SLOT) this.durable.acknowledged(slot ^ DURABLE_SLOT, queue);
  }

  timestampMs(slot: number): number {
    return slot >= DURABLE_SLOT ? this.durable.timestampMs(slot ^ DURABLE_SLOT) : this.memory.timestampMs(slot);
  }

  /** What is durable is appended when its transaction is committed. */
  restamp(slot: number): void {
    if (slot < DURABLE_SLOT) this.memory.restamp(slot);
  }

  get commit(): GroupCommit {
    return this.durable.commit;
  }

  append(message: Message, queues: Int32Array): void {
    const slot = this.durable.append(message, queues, 0) | DURABLE_SLOT;
    this.endPublish(message); // a queue that refused it may have had it kept in memory
    holds(message, slot);
  }

  appendInTransaction(message: Message, queues: Int32Array): number {
    return this.durable.append(message, queues, FLAG_IN_TRANSACTION) | DURABLE_SLOT;
  }

  abandon(slot: number): void {
    this.durable.abandon(slot ^ DURABLE_SLOT);
  }

  endTransaction(messageCount: number, acks: readonly TransactionAck[], listener: CommitListener): void {
    const rows = acks.map(({ slot, queue }) => ({ slot: slot ^ DURABLE_SLOT, queue }));
    this.durable.transactions.end(messageCount, rows, listener);
  }

  writeAcknowledgements(): void {
    this.durable.acknowledgements.flush();
  }

  holds(slot: number): boolean {
    return slot >= DURABLE_SLOT;
  }

  pageOut(octets: number): number {
    return this.memory.pageOut(octets);
  }

  get allocatedOctets(): number {
    return this.memory.allocatedOctets;
  }

  get occupiedOctets(): number {
    return this.memory.occupiedOctets + this.durable.bodies.unwrittenOctets;
  }

  get indexOctets(): number {
    return this.memory.indexOctets + this.durable.slots.sizeOctets;
  }

  get liveOctets(): number {
    return this.memory.liveOctets + this.durable.liveOctets;
  }

  get slotUse(): number {
    return Math.max(this.memory.slotUse, this.durable.slotUse);
  }

  get messageCount(): number {
    return this.memory.messageCount + this.durable.messageCount;
  }
}
