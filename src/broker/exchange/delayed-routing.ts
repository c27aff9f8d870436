import { delayMsOf, withDelayServed } from '../../protocol/delay-header.ts';
import { detach } from '../../protocol/detached-message.ts';
import { Message } from '../../protocol/message.ts';
import { rewriteProperties } from '../../protocol/rewritten-message.ts';
import { readOrRelease } from '../../storage/message/damaged-message.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import type { Clock } from '../../time/clock.ts';
import type { DurableIdentities } from '../durable-identities.ts';
import { DelayedMessages } from '../queue/delayed-messages.ts';
import { DroppedMessages } from '../queue/dropped-messages.ts';
import type { NamedExchange } from './exchange-properties.ts';
import type { Keeper } from './keeper.ts';

/** What an exchange needs of the virtual host that it is in. */
export interface ExchangeEnvironment {
  readonly store: MessageStore;
  readonly clock: Clock;
  readonly publisher: OnwardPublisher;
  /** Undefined: nothing survives a restart. */
  readonly identities: DurableIdentities | undefined;
}

/** Publishes what an exchange has kept (see InternalPublisher). */
export interface OnwardPublisher {
  /** @param onSafe called once the message is as safe as it can be where it went. @throws AmqpError as a full disk does */
  publishOnward(exchange: string, message: Message, onSafe: () => void): void;
}

/**
 * The messages that an exchange has still to route, because their header x-delay says so: RabbitMQ's plugin for delayed
 * messages. A message is due its delay after it came, wherever it was since: that is read from its record after a restart.
 */
export class DelayedRouting implements Keeper {
  readonly kind = 'keeper';
  readonly mayRefuse = false;
  durableId = 0;
  isDeleted = false;
  private readonly exchange: NamedExchange;
  private readonly environment: ExchangeEnvironment;
  private readonly waiting: DelayedMessages;
  private readonly stored = new Message();
  private nextSequence = 0;

  constructor(exchange: NamedExchange, environment: ExchangeEnvironment) {
    this.exchange = exchange;
    this.environment = environment;
    this.waiting = new DelayedMessages(environment.clock, {
      due: (slot) => this.due(slot),
      dueDone: () => undefined,
    });
  }

  get name(): string {
    return this.exchange.name;
  }

  /** How many messages wait for their time. */
  get count(): number {
    return this.waiting.length;
  }

  publish(message: Message): boolean {
    const delayMs = delayMsOf(message);
    this.keep(this.environment.store.hold(message), message.bodySize, delayMs);
    return true;
  }

  restore(slot: number): void {
    this.environment.store.read(slot, this.stored);
    this.keep(slot, this.stored.bodySize, delayMsOf(this.stored));
  }

  private keep(slot: number, bodySize: number, delayMs: number): void {
    const dueMs = this.environment.store.timestampMs(slot) + delayMs;
    this.waiting.push(slot, this.nextSequence++, bodySize, dueMs);
  }

  /** Lets go of the message only when it is safe where it went. */
  private due(slot: number): void {
    const { store, publisher } = this.environment;
    const { stored } = this;
    if (!readOrRelease(store, slot, stored)) return;
    const served = new Message();
    rewriteProperties(stored, withDelayServed(stored.properties()), served);
    detach(served); // publishing moves what the store has
    publisher.publishOnward(this.exchange.name, served, () => store.release(slot, this.durableId));
  }

  /** Drops all messages: the exchange is gone. */
  close(): void {
    this.isDeleted = true;
    const { store, clock } = this.environment;
    const dropped = new DroppedMessages([this.waiting.takeAll()]);
    dropped.releaseInSlices(clock, (slot) => store.release(slot, 0))?.catch(() => undefined); // that the exchange is gone says it of all of them
  }
}
