import { validateExchangeArguments } from '../../broker/exchange/exchange-settings.ts';
import { exchangeType } from '../../broker/exchange/exchange-types.ts';
import { hasRoom } from '../../broker/limits/limit-values.ts';
import { OperationError } from '../../broker/operation-error.ts';
import { validateQueueType } from '../../broker/queue/queue-arguments.ts';
import { parseQueueArguments } from '../../broker/queue/queue-settings.ts';
import { resourceName } from '../../broker/resource-name.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { TimeSlices } from '../../time/time-slices.ts';
import type { ServerContext } from '../context/server-context.ts';
import type { Definitions, ExchangeDefinition, Labelled, QueueDefinition } from './definitions.ts';

type Parts = Pick<ServerContext, 'vhosts' | 'users' | 'store'>;

/**
 * Looks for what can't be imported into the broker as it is, so that it is all or nothing: in slices of time.
 *
 * @throws OperationError that names the first such object
 */
export async function validateDefinitions(definitions: Definitions, parts: Parts): Promise<void> {
  const slices = new TimeSlices();
  const { permissions, topicPermissions, parameters, vhostLimits, policies, queues, exchanges, bindings } = definitions;
  const vhosts = new Set(definitions.vhosts.map(({ name }) => name));
  for (const section of [
    permissions,
    topicPermissions,
    parameters,
    vhostLimits,
    policies,
    queues,
    exchanges,
    bindings,
  ]) {
    await slices.each<InVhost>(section, (object) => requireVhost(object, vhosts, parts));
  }
  requireUsers(definitions, parts);
  await requireQueueRoom(definitions.queues, parts, slices);
  await slices.each(queues, (queue) => validateQueue(queue, parts));
  await slices.each(exchanges, (exchange) => validateExchange(exchange, parts));
}

type InVhost = Labelled & { readonly vhost: string };

function requireVhost({ label, vhost }: InVhost, added: ReadonlySet<string>, { vhosts }: Parts): void {
  if (vhosts.get(vhost) === undefined && !added.has(vhost)) refuse(label, `vhost '${vhost}' does not exist`);
}

function requireUsers({ users: addedUsers, permissions, topicPermissions }: Definitions, { users }: Parts): void {
  const added = new Set(addedUsers.map(({ name }) => name));
  for (const { label, user } of [...permissions, ...topicPermissions]) {
    if (users.get(user) === undefined && !added.has(user)) refuse(label, `user '${user}' does not exist`);
  }
}

/** The limits that are in force count, and not those that are to be. */
async function requireQueueRoom(
  definitions: readonly QueueDefinition[],
  { vhosts }: Parts,
  slices: TimeSlices,
): Promise<void> {
  const added = new Map<string, QueueDefinition[]>();
  await slices.each(definitions, (queue) => {
    const vhost = vhosts.get(queue.vhost);
    if (vhost?.limits === undefined || vhost.queues.has(queue.name)) return;
    const ofVhost = added.get(queue.vhost) ?? [];
    added.set(queue.vhost, ofVhost);
    ofVhost.push(queue);
  });
  for (const [name, ofVhost] of added) {
    const { limits, queues } = vhosts.require(name);
    const limit = limits?.['max-queues'];
    if (hasRoom(limit, queues.size + ofVhost.length - 1)) continue;
    refuse(ofVhost[0]!.label, `the ${ofVhost.length} new queues exceed the limit of vhost '${name}' (${limit})`);
  }
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
