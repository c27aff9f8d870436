import { resourceName } from '../broker/resource-name.ts';
import { AmqpError } from '../protocol/amqp-error.ts';
import type { ChannelConnection } from './channel-connection.ts';

type Permission = 'configure' | 'write' | 'read';

/** @throws AmqpError ACCESS_REFUSED unless the connection's user has the permission */
export function requirePermission(
  { user, vhost }: Pick<ChannelConnection, 'user' | 'vhost'>,
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
