import { EMPTY_TABLE } from '../../protocol/field-table.ts';
import { Message } from '../../protocol/message.ts';
import { copyBody, rewriteProperties, rewriteRoute } from '../../protocol/rewritten-message.ts';
import { readOrRelease } from '../../storage/message/damaged-message.ts';
import type { QueueEnvironment } from './queue-environment.ts';
import type { QueueSettings } from './queue-settings.ts';
import { ReadyIndex } from './ready-index.ts';
import { type DeathReason, isAutomaticCycle, withDeath } from './x-death.ts';

/** What dead letters need of the queue that they come from. */
export interface DeadLetterQueue {
  readonly name: string;
  readonly isDeleted: boolean;
  readonly settings: QueueSettings;
  discard(slot: number): void;
  /** The message is not in the queue any more, wherever it goes. */
  left(slot: number): void;
}

const REASONS: readonly DeathReason[] = ['rejected', 'expired', 'maxlen', 'delivery_limit'];

/**
 * Messages that a queue is done with although nobody has acknowledged them. Where it has a dead-letter exchange they are
 * published there, by the DeadLetterOutbox; the queue counts as done with one only when it is safe where it went, so that a
 * crash in between may double a message, but never lose one.
 */
export class DeadLetters {
  private readonly queue: DeadLetterQueue;
  private readonly environment: QueueEnvironment;
  private readonly slots = new ReadyIndex();
  /** Of each slot, as an index of REASONS. */
  private readonly reasons = new ReadyIndex();
  private readonly stored = new Message();
  private readonly letter = new Message();
  private hasToldCycle = false;

  constructor(queue: DeadLetterQueue, environment: QueueEnvironment) {
    this.queue = queue;
    this.environment = environment;
  }

  /** How many are still to be published. */
  get length(): number {
    return this.slots.length;
  }

  /** The queue gives up a message that it has taken out: a dead letter, if there is an exchange for those, else nothing. */
  add(slot: number, reason: DeathReason): void {
    const { isQuorum, deadLetterExchange } = this.queue.settings;
    const isPublished = deadLetterExchange !== undefined;
    this.environment.deadLetterCounts.add(isQuorum ? 'quorum' : 'classic', reason, isPublished);
    if (!isPublished) {
      this.queue.discard(slot);
      return;
    }
    this.queue.left(slot);
    this.slots.push(slot);
    this.reasons.push(REASONS.indexOf(reason));
    if (this.slots.length === 1) this.environment.deadLetterOutbox.add(this);
  }

  /** Publishes the first one; called by the outbox. @throws AmqpError as a full disk does; then it is still the first */
  sendFirst(): void {
    const { queue, slots } = this;
    const { first: slot } = slots;
    const { deadLetterExchange } = queue.settings;
    if (queue.isDeleted || deadLetterExchange === undefined) queue.discard(slot);
    else if (readOrRelease(this.environment.store, slot, this.stored)) {
      this.send(this.stored, deadLetterExchange, REASONS[this.reasons.first]!, () => this.sent(slot));
      this.stored.clear();
    }
    this.skipFirst();
  }

  skipFirst(): void {
    this.slots.shift();
    this.reasons.shift();
  }

  /** The dead letter is safe where it went. */
  private sent(slot: number): void {
    if (this.queue.settings.isQuorum) this.environment.deadLetterCounts.confirmed++;
    this.queue.discard(slot);
  }

  private send(message: Message, deadLetterExchange: string, reason: DeathReason, onSafe: () => void): void {
    const { queue, letter } = this;
    const { clock, publisher } = this.environment;
    const { deadLetterRoutingKey } = queue.settings;
    const properties = message.properties();
    const { headers: received = EMPTY_TABLE, expiration } = properties;
    const { exchange, routingKey } = message;
    const timeSeconds = Math.floor(clock.nowMs / 1000);
    const death = { queue: queue.name, reason, timeSeconds, exchange, routingKey, expiration };
    const headers = new Map(withDeath(received, death));
    if (deadLetterRoutingKey !== undefined) headers.delete('CC');
    delete properties.expiration;
    rewriteProperties(message, { ...properties, headers }, letter);
    rewriteRoute(letter, deadLetterExchange, deadLetterRoutingKey ?? routingKey);
    copyBody(letter); // publishing moves what the store has
    const mayTake = (target: string) => {
      if (reason === 'rejected' || !isAutomaticCycle(headers, target)) return true;
      this.tellCycle(target);
      return false;
    };
    publisher.publish(letter, onSafe, mayTake);
    letter.clear();
  }

  /** Once: such a queue drops all of its dead letters. */
  private tellCycle(target: string): void {
    if (this.hasToldCycle) return;
    this.hasToldCycle = true;
    this.environment.onDeadLetterCycle(this.queue.name, target);
  }
}
