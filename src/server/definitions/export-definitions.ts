import type { UserRecord } from '../../auth/user-directory.ts';
import type { Binding } from '../../broker/binding.ts';
import type { Exchange } from '../../broker/exchange/exchange.ts';
import { argumentsToPlain } from '../../broker/plain-arguments.ts';
import { policyToJson } from '../../broker/policies.ts';
import type { Queue } from '../../broker/queue/queue.ts';
import { queueType } from '../../broker/queue/queue-arguments.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import { metadataToJson } from '../../broker/virtual-hosts.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import type { Users } from '../accounts/users.ts';
import type { ServerContext } from '../context/server-context.ts';
import { RuntimeParameters } from './runtime-parameters.ts';

type JsonObject = { readonly [name: string]: Json };
type Parts = Pick<
  ServerContext,
  'config' | 'vhosts' | 'users' | 'userLimits' | 'globalParameters' | 'policies' | 'vhostLimits'
>;

/** A definitions file's sections; those of which there may be very many objects make each when it is asked for. */
export type DefinitionSections = Readonly<Record<string, Json | Iterable<JsonObject>>>;

/**
 * The broker as RabbitMQ's `definitions.json`: what 3.10 writes, and beside it what 4.x does. It has all that there is but
 * exclusive queues, the exchanges and bindings that are always there, and messages.
 */
export function exportDefinitions(parts: Parts): DefinitionSections {
  const { config, vhosts, users, userLimits, globalParameters } = parts;
  const { product, version } = config.serverProperties;
  const all = [...vhosts.values()];
  return {
    rabbit_version: version,
    rabbitmq_version: version,
    product_name: product,
    product_version: version,
    users: users.records.map((user) => userToJson(user, userLimits.shareOf(user.name).limits)),
    vhosts: all.map(vhostToJson),
    permissions: users.records.flatMap(permissionsToJson),
    topic_permissions: all.flatMap((vhost) => topicPermissionsToJson(vhost.name, users)),
    parameters: all.flatMap(({ name }) => parametersToJson(name, parts)),
    global_parameters: Array.from(globalParameters.values, ([name, value]) => ({ name, value })),
    policies: all.flatMap(policiesToJson),
    queues: ofAll(all, exportedQueues),
    exchanges: ofAll(all, exportedExchanges),
    bindings: ofAll(all, exportedBindings),
  };
}

/** One virtual host, so that it can be imported into another one: its queues, exchanges and bindings don't name it. */
export function exportVhostDefinitions(parts: Parts, vhost: VirtualHost): DefinitionSections {
  return {
    rabbit_version: parts.config.serverProperties.version,
    parameters: parametersToJson(vhost.name, parts),
    policies: policiesToJson(vhost),
    queues: exportedQueues(vhost),
    exchanges: exportedExchanges(vhost),
    bindings: exportedBindings(vhost),
  };
}

function* ofAll(
  vhosts: readonly VirtualHost[],
  exported: (vhost: VirtualHost) => Iterable<JsonObject>,
): Generator<JsonObject> {
  for (const vhost of vhosts) for (const json of exported(vhost)) yield inVhost(json, vhost);
}

function inVhost({ name, ...rest }: JsonObject, vhost: VirtualHost): JsonObject {
  return name === undefined ? { vhost: vhost.name, ...rest } : { name, vhost: vhost.name, ...rest };
}

function userToJson({ name, passwordHash, hashingAlgorithm, tags }: UserRecord, limits: Json): JsonObject {
  return { name, password_hash: passwordHash, hashing_algorithm: hashingAlgorithm, tags, limits };
}

/** What 3.10 reads stands beside the metadata, and 4.x writes it twice. */
function vhostToJson({ name, metadata }: VirtualHost): JsonObject {
  const json = metadataToJson(metadata);
  return { name, ...json, metadata: json };
}

function permissionsToJson({ name: user, permissions }: UserRecord): JsonObject[] {
  return [...permissions].map(([vhost, { configure, write, read }]) => ({ user, vhost, configure, write, read }));
}

function topicPermissionsToJson(vhost: string, users: Users): JsonObject[] {
  return users.records.flatMap(({ name: user }) => {
    const permissions = users.find(user)!.topicPermissions.in(vhost);
    return [...permissions].map(
      ([
        exchange,
        {
          patterns: { write, read },
        },
      ]) => ({ user, vhost, exchange, write, read }),
    );
  });
}

function parametersToJson(vhost: string, parts: Parts): JsonObject[] {
  return new RuntimeParameters(parts)
    .of(vhost)
    .map(({ component, name, value }) => ({ value, vhost, component, name }));
}

function policiesToJson({ name: vhost, policies }: VirtualHost): Json[] {
  return Array.from(policies.of('policy').values(), (policy) => policyToJson(vhost, policy));
}

function* exportedQueues({ queues }: VirtualHost): Generator<JsonObject> {
  for (const queue of queues.values()) if (!queue.properties.exclusive) yield queueToJson(queue);
}

function queueToJson({ name, properties }: Queue): JsonObject {
  const { durable, autoDelete, arguments: args } = properties;
  const type = queueType(args) as string;
  return { name, durable, auto_delete: autoDelete, type, arguments: argumentsToPlain(args) };
}

function* exportedExchanges({ exchanges }: VirtualHost): Generator<JsonObject> {
  for (const exchange of exchanges.values()) {
    if (exchange.name !== '' && !exchange.name.startsWith('amq.')) yield exchangeToJson(exchange);
  }
}

function exchangeToJson({ name, properties }: Exchange): JsonObject {
  const { type, durable, autoDelete, internal, arguments: args } = properties;
  return { name, type, durable, auto_delete: autoDelete, internal, arguments: argumentsToPlain(args) };
}

/** Those to exclusive queues are gone with them when the definitions are imported. */
function* exportedBindings({ exchanges }: VirtualHost): Generator<JsonObject> {
  for (const exchange of exchanges.values()) {
    for (const binding of exchange.bindings) {
      const { destination } = binding;
      if (destination.kind === 'exchange' || !(destination as Queue).properties.exclusive) yield bindingToJson(binding);
    }
  }
}

function bindingToJson({ source, destination, routingKey, arguments: args }: Binding): JsonObject {
  return {
    source: source.name,
    destination: destination.name,
    destination_type: destination.kind,
    routing_key: routingKey,
    arguments: argumentsToPlain(args),
  };
}
