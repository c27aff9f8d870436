import { validateExchangeArguments } from '../../broker/exchange/exchange-settings.ts';
import { exchangeType } from '../../broker/exchange/exchange-types.ts';
import { hasRoom } from '../../broker/limits/limit-values.ts';
import { OperationError } from '../../broker/operation-error.ts';
import { validateQueueType } from '../../broker/queue/queue-arguments.ts';
import { parseQueueArguments } from '../../broker/queue/queue-settings.ts';
import { resourceName } from '../../broker/resource-name.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import type { ServerContext } from '../context/server-context.ts';
import type { Definitions, ExchangeDefinition, Labelled, QueueDefinition } from './definitions.ts';

type Parts = Pick<ServerContext, 'vhosts' | 'users' | 'store'>;

/**
 * Looks for what can't be imported into the broker as it is, so that it is all or nothing.
 *
 * @throws OperationError that names the first such object
 */
export function validateDefinitions(definitions: Definitions, parts: Parts): void {
  requireVhosts(definitions, parts);
  requireUsers(definitions, parts);
  for (const vhost of parts.vhosts.values()) requireQueueRoom(vhost, definitions.queues);
  for (const queue of definitions.queues) validateQueue(queue, parts);
  for (const exchange of definitions.exchanges) validateExchange(exchange, parts);
}

function requireVhosts(definitions: Definitions, { vhosts }: Parts): void {
  const { permissions, topicPermissions, parameters, vhostLimits, policies, queues, exchanges, bindings } = definitions;
  const all = [permissions, topicPermissions, parameters, vhostLimits, policies, queues, exchanges, bindings].flat();
  const added = new Set(definitions.vhosts.map(({ name }) => name));
  for (const { label, vhost } of all) {
    if (vhosts.get(vhost) === undefined && !added.has(vhost)) refuse(label, `vhost '${vhost}' does not exist`);
  }
}

function requireUsers({ users: addedUsers, permissions, topicPermissions }: Definitions, { users }: Parts): void {
  const added = new Set(addedUsers.map(({ name }) => name));
  for (const { label, user } of [...permissions, ...topicPermissions]) {
    if (users.get(user) === undefined && !added.has(user)) refuse(label, `user '${user}' does not exist`);
  }
}

/** The limits that are in force count, and not those that are to be. */
function requireQueueRoom({ name, limits, queues }: VirtualHost, definitions: readonly QueueDefinition[]): void {
  const limit = limits?.['max-queues'];
  const added = definitions.filter((queue) => queue.vhost === name && !queues.has(queue.name));
  if (added.length === 0 || hasRoom(limit, queues.size + added.length - 1)) return;
  refuse(added[0]!.label, `the ${added.length} new queues exceed the limit of vhost '${name}' (${limit})`);
}

/** One that is there already is left alone, however it is described. */
function validateQueue({ label, vhost, name, properties }: QueueDefinition, { vhosts }: Parts): void {
  if (vhosts.get(vhost)?.queues.has(name)) return;
  const resource = resourceName('queue', name, vhost);
  named(label, () => {
    validateQueueType(properties.arguments, resource);
    parseQueueArguments(properties.arguments, resource);
  });
}

function validateExchange({ label, vhost, name, properties }: ExchangeDefinition, { vhosts, store }: Parts): void {
  if (vhosts.get(vhost)?.exchanges.has(name)) return;
  const type = exchangeType(properties.type) ?? refuse(label, `unknown exchange type '${properties.type}'`);
  const resource = resourceName('exchange', name, vhost);
  named(label, () => {
    validateExchangeArguments(properties.arguments, resource);
    type({ resource, arguments: properties.arguments, store }).close?.();
  });
}

function refuse(label: Labelled['label'], problem: string): never {
  throw new OperationError(`${label}: ${problem}`);
}

/** Has what a client would be told name the object in the file. */
function named(label: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof AmqpError)) throw error;
    refuse(label, error.message);
  }
}
