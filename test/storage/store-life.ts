import assert from 'node:assert/strict';
import { Message } from '#src/protocol/message.js';
import { CommitLog } from '#src/storage/commit-log/commit-log.js';
import type { Damage } from '#src/storage/commit-log/damage.js';
import { DURABLE_SLOT } from '#src/storage/commit-log/durable-slot.js';
import type { DurableStore } from '#src/storage/commit-log/durable-store.js';
import { FLAG_IN_TRANSACTION } from '#src/storage/commit-log/record.js';
import { GroupCommit } from '#src/storage/disk/group-commit.js';
import type { Random } from '../support/random.ts';
import type { Machine } from './machine.ts';
import type { MessageModel, ModelMessage, ModelTransaction } from './message-model.ts';
import type { Life, Step } from './store-steps.ts';

const PLACES = 6;
/** In so many turns the syncs that a dead broker has begun come to their end. */
const LAST_TURNS = 10;

/** A message that a queue holds. */
interface Held {
  readonly message: ModelMessage;
  readonly queue: number;
  readonly slot: number;
}

interface Appended {
  readonly message: ModelMessage;
  readonly batch: number;
}

/** A broker's durable store from its start to its end, with what it does to the model. */
export class StoreLife {
  readonly damages: Damage[] = [];
  readonly store: DurableStore;
  readonly commit: GroupCommit = new GroupCommit();
  private readonly machine: Machine;
  private readonly model: MessageModel;
  private readonly random: Random;
  private readonly log: CommitLog;
  private readonly held: Held[] = [];
  private readonly appended: Appended[] = [];
  private readonly view = new Message();
  /** What happens now happens in vain. */
  private isOver = false;

  /** Opens the log. Nothing can be done before it has recovered. */
  constructor(machine: Machine, model: MessageModel, random: Random, segmentSizeOctets: number) {
    this.machine = machine;
    this.model = model;
    this.random = random;
    this.log = new CommitLog({
      path: machine.path,
      files: machine.files,
      native: machine.native,
      commit: this.commit,
      listener: {
        outOfSegments: () => this.failed(new Error('the disk is full')),
        writeFailed: (error) => this.failed(error),
        damaged: ({ reason }) => assert.fail(reason),
      },
      segmentSizeOctets,
      placeCount: PLACES,
    });
    this.store = this.log.store;
  }

  /** Checks what is found against the model. @param end of the life before this one */
  recover(end: Life['end']): void {
    const found = new Map<number, number[]>();
    this.log.recover({
      queue: (queue) => ({
        restore: (slot, _isRedelivered, _propertyFlags, bodySize, returnCount) => {
          const message = this.restored(queue, slot ^ DURABLE_SLOT, found);
          assert.equal(bodySize, Buffer.from(message.parts.body ?? '').length);
          checkReturns(message, queue, returnCount, end === 'close');
        },
      }),
      damaged: (damage) => this.damages.push(damage),
    });
    for (const { message, slot } of this.held) this.assertStored(message, slot);
    this.model.restarted(found, end === 'power cut');
    assert.equal(this.store.messageCount, new Set(this.held.map(({ message }) => message)).size);
  }

  /** Recovers, and nobody looks at what was found. */
  recoverInVain(): void {
    this.isOver = true;
    this.log.recover({ queue: () => ({ restore: () => undefined }), damaged: () => undefined });
  }

  private restored(queue: number, slot: number, found: Map<number, number[]>): ModelMessage {
    this.store.read(slot, this.view);
    const message = this.model.messages[Number(this.view.routingKey)];
    assert.ok(message, `message ${this.view.routingKey} was never published`);
    const numbers = found.get(queue) ?? [];
    found.set(queue, numbers);
    numbers.push(message.number);
    this.held.push({ message, queue, slot });
    return message;
  }

  private assertStored(message: ModelMessage, slot: number): void {
    this.store.read(slot, this.view);
    message.assertEquals(this.view);
  }

  async do(step: Step): Promise<void> {
    if (step.kind === 'turn') await turn();
    else if (step.kind === 'sync acknowledgements') this.store.acknowledgements.sync();
    else if (step.kind === 'publish') this.publish(step);
    else if (step.kind === 'transaction') this.transact(step);
    else if (step.kind === 'end sync') await this.endSync(step.pick);
    else if (step.kind === 'write back') this.machine.writeBack(this.random);
    else this.doWithHeld(step.kind, step.pick);
  }

  private publish(step: Extract<Step, { kind: 'publish' }>): void {
    const message = this.model.publish(step.sizeOctets, step.queues);
    const slot = this.append(message, 0);
    for (const [i, queue] of step.queues.entries()) {
      if (i < step.takenAtOnce) this.takeAtOnce(message, queue, slot);
      else this.hold(message, queue, slot);
    }
    this.store.release(slot);
    if (step.isAwaited) this.commit.wait({ committed: () => undefined, commitFailed: (error) => this.failed(error) });
  }

  private append(message: ModelMessage, flags: number): number {
    const { batch } = this.commit;
    const slot = this.store.append(message.incoming(), Int32Array.from(message.fates.keys()), flags);
    if (message.transaction === undefined) this.appended.push({ message, batch });
    return slot;
  }

  private hold(message: ModelMessage, queue: number, slot: number): void {
    this.store.retain(slot);
    this.held.push({ message, queue, slot });
  }

  private takeAtOnce(message: ModelMessage, queue: number, slot: number): void {
    this.store.acknowledged(slot, queue);
    message.fates.set(queue, 'acknowledged');
  }

  private doWithHeld(kind: 'acknowledge' | 'deliver' | 'return' | 'read', pick: number): void {
    if (this.held.length === 0) return;
    const index = pick % this.held.length;
    const { message, queue, slot } = this.held[index]!;
    if (kind === 'deliver') this.store.delivered(slot, queue, true);
    else if (kind === 'return') this.return(message, queue, slot);
    else if (kind === 'read') this.assertStored(message, slot);
    else this.acknowledge(this.held.splice(index, 1));
  }

  private return(message: ModelMessage, queue: number, slot: number): void {
    this.store.returned(slot, queue);
    message.returnCounts.set(queue, 1 + (message.returnCounts.get(queue) ?? 0));
  }

  private acknowledge(settled: readonly Held[]): void {
    for (const { message, queue, slot } of settled) {
      message.fates.set(queue, 'acknowledged');
      this.store.acknowledged(slot, queue);
      this.store.release(slot);
    }
  }

  private transact(step: Extract<Step, { kind: 'transaction' }>): void {
    const { store, model } = this;
    const transaction = model.begin();
    const published = step.publishes.map(({ sizeOctets, queues }) => {
      const message = model.publish(sizeOctets, queues, transaction);
      return { message, slot: this.append(message, FLAG_IN_TRANSACTION) };
    });
    if (step.isAbandoned) {
      for (const { slot } of published) {
        store.abandon(slot);
        store.release(slot);
      }
      return;
    }
    const settled = step.acknowledges.flatMap((pick) =>
      this.held.length === 0 ? [] : this.held.splice(pick % this.held.length, 1),
    );
    for (const { message, queue } of settled) transaction.acknowledged.push({ message, queue });
    transaction.isEnded = true;
    store.transactions.end(published.length, settled, {
      committed: () => this.committed(transaction, published, settled),
      commitFailed: (error) => this.failed(error),
    });
  }

  private committed(
    transaction: ModelTransaction,
    published: readonly { readonly message: ModelMessage; readonly slot: number }[],
    settled: readonly Held[],
  ): void {
    if (this.isOver) return;
    transaction.isSafe = true;
    for (const { message, slot } of published) {
      for (const queue of message.fates.keys()) this.hold(message, queue, slot);
      this.store.release(slot);
    }
    this.acknowledge(settled);
  }

  private async endSync(pick: number): Promise<void> {
    const { heldSyncs } = this.machine.disk;
    heldSyncs[pick % heldSyncs.length]?.end();
    await turn();
  }

  /** The broker is no more: what was reported to publishers until now is what counts. */
  end(): void {
    this.isOver = true;
    const { committedBatch } = this.commit;
    for (const { message, batch } of this.appended) if (batch <= committedBatch) message.isSafe = true;
  }

  /** Shuts the broker down in order. */
  async close(): Promise<void> {
    const { disk } = this.machine;
    disk.holdsSyncs = false;
    for (const sync of [...disk.heldSyncs]) sync.end();
    await this.log.close();
    disk.holdsSyncs = true;
  }

  private failed(error: Error): void {
    if (!this.isOver) assert.fail(error);
  }

  /** Lets go of what the dead broker had open. */
  async bury(): Promise<void> {
    this.commit.failure = new Error('the broker is no more');
    this.machine.disk.holdsSyncs = false;
    for (const sync of [...this.machine.disk.heldSyncs]) sync.end();
    for (let turns = 0; turns < LAST_TURNS; turns++) await turn();
    await this.log.close().catch(() => undefined);
  }
}

/** A crash may have it forgotten how often a message came back, but never counts too much. */
function checkReturns(message: ModelMessage, queue: number, found: number, isExact: boolean): void {
  const known = message.returnCounts.get(queue) ?? 0;
  const isRight = isExact ? found === known : found <= known;
  assert.ok(isRight, `message ${message.number} came back to queue ${queue} ${known} times, and ${found} are known`);
  message.returnCounts.set(queue, found);
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
