import type { Exchange } from '../../broker/exchange/exchange.ts';
import { resourceName } from '../../broker/resource-name.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import type { ChannelConnection } from './channel-connection.ts';

type Permission = 'configure' | 'write' | 'read';
/** Who asks for something. */
type Requester = Pick<ChannelConnection, 'user' | 'vhost'>;

/** @throws AmqpError ACCESS_REFUSED unless the connection's user has the permission */
export function requirePermission(
  { user, vhost }: Requester,
  permission: Permission,
  kind: 'queue' | 'exchange',
  name: string,
): void {
  const permissions = user.permissionsFor(vhost.name); // asked each time, since it may change under the connection
  const isAllowed =
    permission === 'configure'
      ? permissions?.mayConfigure(name)
      : permission === 'write'
        ? permissions?.mayWrite(name)
        : permissions?.mayRead(name);
  if (isAllowed === true) return;
  const resource = resourceName(kind, name === '' && kind === 'exchange' ? 'amq.default' : name, vhost.name);
  throw new AmqpError('ACCESS_REFUSED', `access to ${resource} refused for user '${user.name}'`);
}

/** The type of exchange that topic permissions are about. */
const TOPIC = 'topic';

/** Whether something is said of what the user may do with the exchange's topics. */
export function hasTopicPermission({ user, vhost }: Requester, { name, properties }: Exchange): boolean {
  return properties.type === TOPIC && user.topicPermissions.of(vhost.name, name) !== undefined;
}

/**
 * @param permission write: to publish; read: to bind
 * @throws AmqpError ACCESS_REFUSED unless the connection's user may use the routing key, where topic permissions are about
 * the exchange
 */
export function requireTopicPermission(
  { user, vhost }: Requester,
  permission: 'write' | 'read',
  exchange: Exchange,
  routingKey: string,
): void {
  if (exchange.properties.type !== TOPIC) return;
  const permissions = user.topicPermissions.of(vhost.name, exchange.name);
  if (permissions === undefined) return;
  if (permission === 'write' ? permissions.mayPublish(routingKey) : permissions.mayBind(routingKey)) return;
  const topic = `topic '${routingKey}' in exchange '${exchange.name}' in vhost '${vhost.name}'`;
  throw new AmqpError('ACCESS_REFUSED', `access to ${topic} refused for user '${user.name}'`);
}
