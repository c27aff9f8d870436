import { delayMsOf } from '../../protocol/delay-header.ts';
import type { Message } from '../../protocol/message.ts';
import type { Receiver } from '../router.ts';
import { DelayedRouting, type ExchangeEnvironment } from './delayed-routing.ts';
import { isDelayed } from './delayed-type.ts';
import type { Exchange } from './exchange.ts';
import type { Keeper } from './keeper.ts';

/** What an exchange does with messages before its bindings see them. Most exchanges have none of this. */
export class ExchangeFeatures {
  readonly delayed: DelayedRouting | undefined;

  private constructor(exchange: Exchange, environment: ExchangeEnvironment) {
    this.delayed = isDelayed(exchange.properties) ? new DelayedRouting(exchange, environment) : undefined;
  }

  /** What the exchange's type and arguments ask for; undefined: nothing. */
  static of(exchange: Exchange, environment: ExchangeEnvironment): ExchangeFeatures | undefined {
    const features = new ExchangeFeatures(exchange, environment);
    return features.delayed === undefined ? undefined : features;
  }

  /** What keeps messages, or something of them, beyond a restart: always in this order. */
  get keepers(): readonly Keeper[] {
    return this.delayed === undefined ? [] : [this.delayed];
  }

  /** Returns whether the message goes on to the bindings; if it stays here, `into` gets what keeps it. */
  admit(message: Message, into: Receiver[]): boolean {
    if (this.delayed === undefined || !message.isDelayed || delayMsOf(message) === 0) return true;
    into.push(this.delayed);
    return false;
  }

  /** Drops what is kept: the exchange is gone. */
  close(): void {
    this.delayed?.close();
  }
}
