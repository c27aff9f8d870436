import { AmqpError } from '../protocol/amqp-error.ts';
import { resourceName } from './resource-name.ts';

const RESERVED_PREFIX = 'amq.';

/** @throws AmqpError ACCESS_REFUSED for a name that only the server may give */
export function refuseReservedName(kind: 'queue' | 'exchange', name: string): void {
  if (!name.startsWith(RESERVED_PREFIX)) return;
  throw new AmqpError('ACCESS_REFUSED', `${kind} name '${name}' contains reserved prefix 'amq.*'`);
}

/** @throws AmqpError ACCESS_REFUSED for an exchange of the server's, whether or not there is one of the name */
export function refuseSystemExchange(name: string, vhost: string): void {
  if (!name.startsWith(RESERVED_PREFIX)) return;
  throw new AmqpError('ACCESS_REFUSED', `deletion of system ${resourceName('exchange', name, vhost)} not allowed`);
}

/** @throws AmqpError ACCESS_REFUSED for the default exchange, which is what it is */
export function refuseDefaultExchange(name: string): void {
  if (name === '') throw new AmqpError('ACCESS_REFUSED', 'operation not permitted on the default exchange');
}
