import { delayMsOf } from '../../protocol/delay-header.ts';
import type { Message } from '../../protocol/message.ts';
import { Deduplication } from './deduplication.ts';
import { deduplicationSettings } from './deduplication-settings.ts';
import { DelayedRouting, type ExchangeEnvironment } from './delayed-routing.ts';
import { isDelayed, typesOf } from './delayed-type.ts';
import type { NamedExchange } from './exchange-properties.ts';
import type { Keeper } from './keeper.ts';

/**
 * What an exchange does with messages before its bindings see them: it drops duplicates, then it keeps what is to be delayed.
 * Most exchanges do neither.
 */
export class ExchangeFeatures {
  readonly deduplication: Deduplication | undefined;
  readonly delayed: DelayedRouting | undefined;

  private constructor(exchange: NamedExchange, environment: ExchangeEnvironment) {
    const { properties } = exchange;
    const settings = deduplicationSettings(typesOf(properties), properties.arguments);
    this.deduplication = settings && new Deduplication(exchange, settings, environment);
    this.delayed = isDelayed(properties) ? new DelayedRouting(exchange, environment) : undefined;
  }

  /** What the exchange's type and arguments ask for; undefined: nothing. @throws AmqpError PRECONDITION_FAILED if that can't be */
  static of(exchange: NamedExchange, environment: ExchangeEnvironment): ExchangeFeatures | undefined {
    const features = new ExchangeFeatures(exchange, environment);
    return features.delayed === undefined && features.deduplication === undefined ? undefined : features;
  }

  /** What keeps messages, or something of them, beyond a restart: always in this order. */
  get keepers(): readonly Keeper[] {
    const { delayed, deduplication } = this;
    const keepers: readonly (Keeper | undefined)[] = [
      delayed,
      deduplication?.settings.isDurable ? deduplication : undefined,
    ];
    return keepers.filter((keeper) => keeper !== undefined);
  }

  /**
   * Returns whether the message goes on to the bindings; if it stays here, `into` gets what keeps it.
   * @param witnesses gets who is to know of the message, if it goes anywhere
   */
  admit(message: Message, into: { push(keeper: Keeper): unknown }, witnesses: Keeper[]): boolean {
    const { deduplication, delayed } = this;
    const isDuplicate = deduplication?.isDuplicate(message);
    if (isDuplicate === true) return false;
    if (isDuplicate === false) witnesses.push(deduplication!);
    if (delayed === undefined || !message.isDelayed || delayMsOf(message) === 0) return true;
    into.push(delayed);
    return false;
  }

  /** Drops what is kept: the exchange is gone. */
  close(): void {
    this.deduplication?.close();
    this.delayed?.close();
  }
}
