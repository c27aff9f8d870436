import type { FieldTable } from '../protocol/field-table.ts';
import type { ExchangeSettings } from './exchange/exchange-settings.ts';
import type { PolicyDefinition } from './policy/policy-definition.ts';
import type { DelayedRetryType, Overflow, QueueSettings } from './queue/queue-settings.ts';

/**
 * What holds for a queue: of limits the stricter one of its arguments' and the policies'; of everything else what the
 * arguments say, and where they say nothing, the policies.
 *
 * @param own what the arguments say
 * @param definition what the policies say together
 */
export function effectiveQueueSettings(
  args: FieldTable,
  own: QueueSettings,
  definition: PolicyDefinition,
): QueueSettings {
  const least = (ownLimit: number | undefined, key: string) => {
    const limit = definition[key] === undefined ? undefined : Number(definition[key]);
    return ownLimit === undefined || limit === undefined ? (ownLimit ?? limit) : Math.min(ownLimit, limit);
  };
  const other = <Value>(ownValue: Value, key: string): Value => {
    const value = args.has(`x-${key}`) ? undefined : definition[key];
    if (value === undefined) return ownValue;
    return (typeof value === 'bigint' ? Number(value) : value) as Value;
  };
  const retryType = other<DelayedRetryType | 'disabled' | undefined>(own.delayedRetryType, 'delayed-retry-type');
  return {
    ...own,
    messageTtlMs: least(own.messageTtlMs, 'message-ttl'),
    expiresMs: least(own.expiresMs, 'expires'),
    maxLength: least(own.maxLength, 'max-length'),
    maxLengthOctets: least(own.maxLengthOctets, 'max-length-bytes'),
    deliveryLimit: least(own.deliveryLimit, 'delivery-limit'),
    overflow: other<Overflow>(own.overflow, 'overflow'),
    deadLetterExchange: other(own.deadLetterExchange, 'dead-letter-exchange'),
    deadLetterRoutingKey: other(own.deadLetterRoutingKey, 'dead-letter-routing-key'),
    delayedRetryType: retryType === 'disabled' ? undefined : retryType,
    delayedRetryMinMs: other(own.delayedRetryMinMs, 'delayed-retry-min'),
    delayedRetryMaxMs: other(own.delayedRetryMaxMs, 'delayed-retry-max'),
    consumerTimeoutMs: other(own.consumerTimeoutMs, 'consumer-timeout'),
  };
}

/** What holds for an exchange: what its arguments say, and where they say nothing, the policies. */
export function effectiveExchangeSettings(own: ExchangeSettings, definition: PolicyDefinition): ExchangeSettings {
  const alternate = definition['alternate-exchange'] as string | undefined;
  return { ...own, alternateExchange: own.alternateExchange ?? alternate };
}
