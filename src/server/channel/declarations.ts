import type { Exchange } from '../../broker/exchange/exchange.ts';
import type { ExchangeProperties } from '../../broker/exchange/exchange-properties.ts';
import { alternateExchangeIn } from '../../broker/exchange/exchange-settings.ts';
import { requiredType } from '../../broker/exchange/exchange-types.ts';
import { requireQueueRoom } from '../../broker/limits/vhost-room.ts';
import type { Queue, QueueProperties } from '../../broker/queue/queue.ts';
import { deadLetterExchangeIn } from '../../broker/queue/queue-settings.ts';
import { refuseDefaultExchange, refuseReservedName, refuseSystemExchange } from '../../broker/reserved-names.ts';
import { type Requester, requirePermission } from './access.ts';
import { generatedName } from './generated-name.ts';

/*
 * What users declare and delete, over AMQP and the management API alike: RabbitMQ's checks, in its order. A queue or an
 * exchange that is there already is compared only: what its arguments lead to was the right of whoever created it.
 */

/** @param connection the one that asks: an exclusive queue is its own @throws AmqpError if the user may not, or it can't be */
export function declareQueue(
  requester: Requester,
  name: string,
  properties: QueueProperties,
  connection: object,
): Queue {
  refuseReservedName('queue', name);
  requirePermission(requester, 'configure', 'queue', name);
  if (!requester.vhost.queues.has(name)) requireDeadLettering(requester, name, properties);
  return requester.vhost.declareQueue(name, properties, connection);
}

/** The same under a name that the server makes. */
export function declareGeneratedQueue(requester: Requester, properties: QueueProperties, connection: object): Queue {
  const name = generatedName('amq.gen-');
  requirePermission(requester, 'configure', 'queue', name);
  requireDeadLettering(requester, name, properties);
  return requester.vhost.declareGeneratedQueue(name, properties, connection);
}

/** Dead letters are read from the queue and written to the exchange, for whoever has declared the queue so. */
function requireDeadLettering(requester: Requester, name: string, { arguments: args }: QueueProperties): void {
  requireQueueRoom(requester.vhost, name);
  const exchange = deadLetterExchangeIn(args);
  if (exchange === undefined) return;
  requirePermission(requester, 'read', 'queue', name);
  requirePermission(requester, 'write', 'exchange', exchange);
}

/** @throws AmqpError if the user may not, or it can't be */
export function declareExchange(requester: Requester, name: string, properties: ExchangeProperties): Exchange {
  const { vhost } = requester;
  requiredType(properties.type);
  refuseDefaultExchange(name);
  requirePermission(requester, 'configure', 'exchange', name);
  if (!vhost.exchanges.has(name)) {
    refuseReservedName('exchange', name);
    requireAlternate(requester, name, properties);
  }
  return vhost.declareExchange(name, properties);
}

/** Messages that find no queue are read from the exchange and written to the alternate one, for whoever has declared it so. */
function requireAlternate(requester: Requester, name: string, { arguments: args }: ExchangeProperties): void {
  const alternate = alternateExchangeIn(args);
  if (alternate === undefined) return;
  requirePermission(requester, 'read', 'exchange', name);
  requirePermission(requester, 'write', 'exchange', alternate);
}

/** @throws AmqpError if the user may not, or it is in use and was to be deleted only otherwise */
export function deleteExchange(requester: Requester, name: string, ifUnused: boolean): void {
  const { vhost } = requester;
  refuseDefaultExchange(name);
  refuseSystemExchange(name, vhost.name);
  requirePermission(requester, 'configure', 'exchange', name);
  vhost.deleteExchange(name, ifUnused);
}
