import { isDeepStrictEqual } from 'node:util';
import { EVERYTHING } from '../../auth/permissions.ts';
import type { Destination } from '../../broker/binding.ts';
import type { Exchange } from '../../broker/exchange/exchange.ts';
import { argumentsToPlain } from '../../broker/plain-arguments.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { TimeSlices } from '../../time/time-slices.ts';
import type { ServerContext } from '../context/server-context.ts';
import type {
  BindingDefinition,
  Definitions,
  ExchangeDefinition,
  GlobalParameterDefinition,
  Labelled,
  PermissionDefinition,
  PolicyDefinition,
  QueueDefinition,
  TopicPermissionDefinition,
  UserDefinition,
  VhostDefinition,
  VhostLimitsDefinition,
} from './definitions.ts';
import { validateDefinitions } from './validate-definitions.ts';

/** What became of the objects in a definitions file. */
export interface ImportReport {
  /** How many are new, or other than before. */
  readonly imported: number;
  /** How many were there already; of queues and exchanges, also those that were declared otherwise, as in RabbitMQ. */
  readonly kept: number;
  /** Those that can't be imported, each with the reason: what RabbitMQ passes over without a word. */
  readonly skipped: readonly string[];
}

type Parts = Pick<
  ServerContext,
  'vhosts' | 'users' | 'topicAccess' | 'globalParameters' | 'policies' | 'vhostLimits' | 'userLimits' | 'store'
>;

/** What became of an object: whether it was imported, or why it was skipped. */
type Outcome = 'imported' | 'kept' | { readonly skipped: string };

const RESERVED: Outcome = { skipped: "names that begin with 'amq.' are not imported" };

/**
 * Brings what a definitions file says into the broker, in RabbitMQ's order. What is there already stays: users get the
 * file's password and tags, and everybody the file's permissions, but queues and exchanges are left alone.
 *
 * It is done in slices of time: clients see objects as they come, and may declare and delete meanwhile.
 *
 * @throws OperationError for the first object that can't be, before anything has changed; AmqpError if something can't be
 * noted: what was imported by then stays
 * @param importer the user who may do everything in new virtual hosts, unless the file says otherwise; undefined: nobody
 */
export async function importDefinitions(
  definitions: Definitions,
  parts: Parts,
  importer?: string,
): Promise<ImportReport> {
  await validateDefinitions(definitions, parts);
  return await new DefinitionsImport(parts, importer).run(definitions);
}

class DefinitionsImport {
  private readonly parts: Parts;
  private readonly importer: string | undefined;
  private imported = 0;
  private kept = 0;
  private readonly skipped: string[] = [];
  private readonly slices = new TimeSlices();

  constructor(parts: Parts, importer: string | undefined) {
    this.parts = parts;
    this.importer = importer;
  }

  async run(definitions: Definitions): Promise<ImportReport> {
    const { users, vhosts, permissions, parameters, policies, queues, exchanges, bindings } = definitions;
    await this.each(users, (user) => this.user(user));
    await this.each(vhosts, (vhost) => this.vhost(vhost));
    await this.each(permissions, (permission) => this.permission(permission));
    await this.each(definitions.topicPermissions, (permission) => this.topicPermission(permission));
    await this.each(definitions.globalParameters, (parameter) => this.globalParameter(parameter));
    await this.each(parameters, ({ component }) => ({ skipped: `component ${component} not found` }));
    await this.each(policies, (policy) => this.policy(policy));
    for (const vhost of new Set(policies.map(({ vhost }) => vhost))) await this.parts.policies.inForce(vhost);
    await this.each(queues, (queue) => this.queue(queue));
    await this.each(exchanges, (exchange) => this.exchange(exchange));
    await this.each(bindings, (binding) => this.binding(binding));
    await this.each(definitions.vhostLimits, (limits) => this.vhostLimits(limits)); // they are for what comes later
    return { imported: this.imported, kept: this.kept, skipped: this.skipped };
  }

  private each<T extends Labelled>(definitions: readonly T[], importOne: (definition: T) => Outcome): Promise<void> {
    return this.slices.each(definitions, (definition) => {
      const outcome = this.byImporter(() => importOne(definition));
      if (outcome === 'imported') this.imported++;
      else if (outcome === 'kept') this.kept++;
      else this.skipped.push(`${definition.label}: ${outcome.skipped}`);
    });
  }

  /** What is told of it is the importer's doing, in whichever turn it happens. */
  private byImporter<Result>(action: () => Result): Result {
    return this.importer === undefined ? action() : this.parts.vhosts.events.by(this.importer, action);
  }

  private user({ name, password, tags, limits }: UserDefinition): Outcome {
    const { users, userLimits } = this.parts;
    const before = users.get(name);
    const isSame = before !== undefined && isDeepStrictEqual({ ...before, ...password, tags }, before);
    if (!isSame) users.put(name, password, tags);
    if (limits === undefined || isDeepStrictEqual(userLimits.shareOf(name).limits, limits)) {
      return isSame ? 'kept' : 'imported';
    }
    userLimits.setAll(name, limits);
    return 'imported';
  }

  private vhost({ name, metadata }: VhostDefinition): Outcome {
    const { vhosts, users } = this.parts;
    const before = vhosts.get(name);
    if (before !== undefined && (metadata === undefined || isDeepStrictEqual(before.metadata, metadata))) return 'kept';
    vhosts.put(name, metadata);
    if (before === undefined && this.importer !== undefined) users.setPermissions(this.importer, name, EVERYTHING);
    return 'imported';
  }

  private permission({ user, vhost, patterns }: PermissionDefinition): Outcome {
    const { users } = this.parts;
    if (isDeepStrictEqual(users.get(user)?.permissions.get(vhost), patterns)) return 'kept';
    users.setPermissions(user, vhost, patterns);
    return 'imported';
  }

  private topicPermission({ user, vhost, exchange, patterns }: TopicPermissionDefinition): Outcome {
    const { users, topicAccess } = this.parts;
    const before = users.find(user)?.topicPermissions.of(vhost, exchange);
    if (isDeepStrictEqual(before?.patterns, patterns)) return 'kept';
    topicAccess.set(user, vhost, exchange, patterns);
    return 'imported';
  }

  private globalParameter({ name, value }: GlobalParameterDefinition): Outcome {
    const { globalParameters } = this.parts;
    if (isDeepStrictEqual(globalParameters.values.get(name), value)) return 'kept';
    globalParameters.set(name, value);
    return 'imported';
  }

  private vhostLimits({ vhost, limits }: VhostLimitsDefinition): Outcome {
    const { vhosts, vhostLimits } = this.parts;
    if (isDeepStrictEqual(vhosts.require(vhost).limits, limits)) return 'kept';
    vhostLimits.setAll(vhost, limits);
    return 'imported';
  }

  private policy({ kind, vhost, policy }: PolicyDefinition): Outcome {
    const { vhosts, policies } = this.parts;
    const before = vhosts.require(vhost).policies.of(kind).get(policy.name);
    if (isDeepStrictEqual(before?.value, policy.value)) return 'kept';
    policies.put(kind, vhost, policy);
    return 'imported';
  }

  private queue({ vhost: vhostName, name, properties }: QueueDefinition): Outcome {
    const vhost = this.parts.vhosts.require(vhostName);
    if (vhost.queues.has(name)) return 'kept';
    if (isReserved(name)) return RESERVED;
    vhost.addQueue(name, properties, undefined);
    return 'imported';
  }

  private exchange({ vhost: vhostName, name, properties }: ExchangeDefinition): Outcome {
    const vhost = this.parts.vhosts.require(vhostName);
    if (vhost.exchanges.has(name)) return 'kept';
    if (isReserved(name)) return RESERVED;
    vhost.declareExchange(name, properties);
    return 'imported';
  }

  private binding(definition: BindingDefinition): Outcome {
    const { vhost: vhostName, destinationType, routingKey, arguments: args } = definition;
    const vhost = this.parts.vhosts.require(vhostName);
    if (definition.source === '') return { skipped: 'every queue is bound to the default exchange as it is' };
    const source = vhost.exchanges.get(definition.source);
    if (source === undefined) return { skipped: `there is no exchange '${definition.source}'` };
    const destinations: ReadonlyMap<string, Destination> = destinationType === 'queue' ? vhost.queues : vhost.exchanges;
    const destination = destinations.get(definition.destination);
    if (destination === undefined) return { skipped: `there is no ${destinationType} '${definition.destination}'` };
    if (isBound(source, destination, definition)) return 'kept';
    const problem = problemOf(() => source.index.validate?.(routingKey, args));
    if (problem !== undefined) return { skipped: problem };
    vhost.bind(source, destination, routingKey, args);
    return 'imported';
  }
}

function isReserved(name: string): boolean {
  return name.startsWith('amq.');
}

/** Clients send integers of more types than a file can tell apart: a binding that reads the same there is the same. */
function isBound(source: Exchange, destination: Destination, definition: BindingDefinition): boolean {
  const plain = argumentsToPlain(definition.arguments);
  for (const binding of destination.inbound) {
    if (binding.source !== source || binding.routingKey !== definition.routingKey) continue;
    if (isDeepStrictEqual(argumentsToPlain(binding.arguments), plain)) return true;
  }
  return false;
}

function problemOf(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof AmqpError) return error.message;
    throw error;
  }
}
