import type { Exchange } from '../../broker/exchange/exchange.ts';
import type { JsonObject } from '../listing/columns.ts';
import { argumentsJson } from './field-json.ts';

export function exchangeView({ name, vhost, properties, appliedPolicy }: Exchange): JsonObject {
  const { policy } = appliedPolicy;
  return {
    name,
    vhost,
    type: properties.type,
    durable: properties.durable,
    auto_delete: properties.autoDelete,
    internal: properties.internal,
    arguments: argumentsJson(properties.arguments),
    ...(policy !== undefined && { policy: policy.name }),
  };
}
