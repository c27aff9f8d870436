import { Message } from '../../protocol/message.ts';
import type { IdentityRecord, IdentitySource } from '../durable-identities.ts';
import { messageIdentity } from '../message-identity.ts';
import type { DeduplicationSettings } from './deduplication-settings.ts';
import type { ExchangeEnvironment } from './delayed-routing.ts';
import type { NamedExchange } from './exchange-properties.ts';
import type { Keeper } from './keeper.ts';
import { KnownIdentities } from './known-identities.ts';

/** In a message's headers: how long it is to be known, in milliseconds. */
const TTL_HEADER = 'x-cache-ttl';

/**
 * Has an exchange drop messages that are like one that it has seen before, by one of their headers. What was seen is known
 * from when a message goes on to a queue: together with it, since it is one of its receivers.
 */
export class Deduplication implements Keeper, IdentitySource {
  readonly kind = 'keeper';
  readonly mayRefuse = false;
  durableId = 0;
  isDeleted = false;
  readonly settings: DeduplicationSettings;
  private readonly exchange: NamedExchange;
  private readonly environment: ExchangeEnvironment;
  private readonly known: KnownIdentities;

  constructor(exchange: NamedExchange, settings: DeduplicationSettings, environment: ExchangeEnvironment) {
    this.exchange = exchange;
    this.settings = settings;
    this.environment = environment;
    this.known = new KnownIdentities(settings.cacheSize);
    if (settings.isDurable && exchange.properties.durable) environment.identities?.keep(this);
  }

  get name(): string {
    return this.exchange.name;
  }

  get size(): number {
    return this.known.size;
  }

  /** Whether the exchange has seen one like it; undefined: nothing is like it, since it has no such header. */
  isDuplicate(message: Message): boolean | undefined {
    const identity = this.identityOf(message);
    return identity === undefined ? undefined : this.known.has(identity, this.environment.clock.nowMs);
  }

  /** From now on the message is known, though it is not published yet. Returns false if it is known already. */
  claim(message: Message): boolean {
    const identity = this.identityOf(message);
    if (identity === undefined) return true;
    const { nowMs } = this.environment.clock;
    if (this.known.has(identity, nowMs)) return false;
    this.known.add(identity, this.expiryOf(message, nowMs));
    return true;
  }

  /** The message is not published after all. */
  unclaim(message: Message): void {
    const identity = this.identityOf(message);
    if (identity !== undefined) this.known.remove(identity);
  }

  publish(message: Message): boolean {
    const identity = this.identityOf(message);
    if (identity === undefined) return true;
    const { clock, identities } = this.environment;
    const expiresMs = this.expiryOf(message, clock.nowMs);
    if (!this.known.has(identity, clock.nowMs)) this.known.add(identity, expiresMs);
    if (this.durableId !== 0 && identities?.note({ owner: this.durableId, expiresMs, identity }, message)) {
      this.known.keep(identity);
    }
    return true;
  }

  /** The message came, but what it was known by may not be on disk by itself. */
  restore(slot: number): void {
    const { store, identities } = this.environment;
    const message = new Message();
    store.read(slot, message);
    const identity = this.identityOf(message);
    const cameMs = store.timestampMs(slot);
    if (identity !== undefined) {
      const expiresMs = this.expiryOf(message, cameMs);
      this.learn(identity, expiresMs);
      identities?.note({ owner: this.durableId, expiresMs, identity }, message);
    }
    store.release(slot, identity === undefined ? this.durableId : 0);
  }

  /** What was known before a restart is known again; the oldest comes first. */
  learn(identity: string, expiresMs: number): void {
    const { nowMs } = this.environment.clock;
    if (expiresMs <= nowMs || this.known.has(identity, nowMs)) return;
    this.known.add(identity, expiresMs);
    this.known.keep(identity);
  }

  *records(): Generator<IdentityRecord> {
    const owner = this.durableId;
    for (const [identity, expiresMs] of this.known.keptOnes()) yield { owner, identity, expiresMs };
  }

  private identityOf(message: Message): string | undefined {
    return messageIdentity(message, this.settings.header)?.toString('latin1');
  }

  private expiryOf(message: Message, fromMs: number): number {
    const own = message.properties().headers?.get(TTL_HEADER);
    const ttlMs = own === undefined ? this.settings.ttlMs : Number(own.value);
    return ttlMs !== undefined && ttlMs > 0 ? fromMs + ttlMs : Number.POSITIVE_INFINITY;
  }

  close(): void {
    this.isDeleted = true;
    this.environment.identities?.forget(this);
  }
}
