import type { Destination } from '../../broker/binding.ts';
import type { Exchange } from '../../broker/exchange/exchange.ts';
import { refuseDefaultExchange } from '../../broker/reserved-names.ts';
import { resourceName } from '../../broker/resource-name.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import type { ChannelConnection } from './channel-connection.ts';

type Permission = 'configure' | 'write' | 'read';
/** Who asks for something. */
export type Requester = Pick<ChannelConnection, 'user' | 'vhost'>;

/** @throws AmqpError ACCESS_REFUSED unless the user has the permission */
export function requirePermission(
  requester: Requester,
  permission: Permission,
  kind: 'queue' | 'exchange',
  name: string,
): void {
  const refusal = permissionRefusal(requester, permission, kind, name);
  if (refusal !== undefined) throw refusal;
}

/** Why the user may not; undefined: the user may. */
export function permissionRefusal(
  { user, vhost }: Requester,
  permission: Permission,
  kind: 'queue' | 'exchange',
  name: string,
): AmqpError | undefined {
  const permissions = user.permissionsFor(vhost.name); // asked each time, since it may change under the connection
  const isAllowed =
    permission === 'configure'
      ? permissions?.mayConfigure(name)
      : permission === 'write'
        ? permissions?.mayWrite(name)
        : permissions?.mayRead(name);
  if (isAllowed === true) return undefined;
  const resource = resourceName(kind, name === '' && kind === 'exchange' ? 'amq.default' : name, vhost.name);
  return new AmqpError('ACCESS_REFUSED', `access to ${resource} refused for user '${user.name}'`);
}

/**
 * RabbitMQ's checks of a binding, in its order, whether it is to be made or deleted.
 * @throws AmqpError ACCESS_REFUSED
 */
export function requireBindingPermissions(
  requester: Requester,
  { kind, name }: Pick<Destination, 'kind' | 'name'>,
  source: string,
): void {
  requirePermission(requester, 'write', kind, name);
  if (kind === 'exchange') refuseDefaultExchange(name);
  refuseDefaultExchange(source);
  requirePermission(requester, 'read', 'exchange', source);
}

/** The type of exchange that topic permissions are about. */
const TOPIC = 'topic';

/** Whether something is said of what the user may do with the exchange's topics. */
export function hasTopicPermission({ user, vhost }: Requester, { name, properties }: Exchange): boolean {
  return properties.type === TOPIC && user.topicPermissions.of(vhost.name, name) !== undefined;
}

/**
 * @param permission write: to publish; read: to bind
 * @throws AmqpError ACCESS_REFUSED unless the user may use the routing key, where topic permissions are about the exchange
 */
export function requireTopicPermission(
  requester: Requester,
  permission: 'write' | 'read',
  exchange: Exchange,
  routingKey: string,
): void {
  const refusal = topicRefusal(requester, permission, exchange, [routingKey]);
  if (refusal !== undefined) throw refusal;
}

/**
 * Asks for each of a message's routing keys: those that its sender has selected lead to queues as its own does.
 * @throws AmqpError ACCESS_REFUSED: see `requireTopicPermission`
 */
export function requirePublishableTopics(
  requester: Requester,
  exchange: Exchange,
  routingKeys: readonly string[],
): void {
  const refusal = topicRefusal(requester, 'write', exchange, routingKeys);
  if (refusal !== undefined) throw refusal;
}

/** Why the user may not publish to the exchange with the keys; undefined: the user may. */
export function publishRefusal(
  requester: Requester,
  exchange: Exchange,
  routingKeys: readonly string[],
): AmqpError | undefined {
  if (exchange.properties.internal) return new AmqpError('ACCESS_REFUSED', `cannot publish to internal ${exchange}`);
  return (
    permissionRefusal(requester, 'write', 'exchange', exchange.name) ??
    topicRefusal(requester, 'write', exchange, routingKeys)
  );
}

function topicRefusal(
  { user, vhost }: Requester,
  permission: 'write' | 'read',
  { name, properties }: Exchange,
  routingKeys: readonly string[],
): AmqpError | undefined {
  if (properties.type !== TOPIC) return undefined;
  const permissions = user.topicPermissions.of(vhost.name, name);
  if (permissions === undefined) return undefined;
  const isAllowed = (key: string) => (permission === 'write' ? permissions.mayPublish(key) : permissions.mayBind(key));
  const refused = routingKeys.find((key) => !isAllowed(key));
  if (refused === undefined) return undefined;
  const topic = `topic '${refused}' in exchange '${name}' in vhost '${vhost.name}'`;
  return new AmqpError('ACCESS_REFUSED', `access to ${topic} refused for user '${user.name}'`);
}
