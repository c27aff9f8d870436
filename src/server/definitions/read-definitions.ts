import { HASHING_ALGORITHMS, type HashingAlgorithm } from '../../auth/password.ts';
import { unusablePattern } from '../../auth/permissions.ts';
import { TopicPermission } from '../../auth/topic-permissions.ts';
import { OperationError } from '../../broker/operation-error.ts';
import { argumentsFromPlain } from '../../broker/plain-arguments.ts';
import { Policy, type PolicyKind } from '../../broker/policy/policy.ts';
import { requireVhostLimits } from '../../broker/vhost-limits.ts';
import { metadataFromJson } from '../../broker/virtual-hosts.ts';
import type { Pattern } from '../../pattern/pattern.ts';
import { UnsupportedPatternError } from '../../pattern/pattern-error.ts';
import type { FieldTable } from '../../protocol/field-table.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import { TimeSlices } from '../../time/time-slices.ts';
import { requireUserLimits } from '../accounts/user-limits.ts';
import { type HashedPassword, hashedPassword, NO_PASSWORD } from '../accounts/users.ts';
import { asObject, DefinitionReader } from './definition-reader.ts';
import type {
  BindingDefinition,
  Definitions,
  ExchangeDefinition,
  GlobalParameterDefinition,
  ParameterDefinition,
  PermissionDefinition,
  PolicyDefinition,
  QueueDefinition,
  TopicPermissionDefinition,
  UserDefinition,
  VhostDefinition,
  VhostLimitsDefinition,
} from './definitions.ts';
import { isWithin } from './json-size.ts';

/** Whether a pattern may be one that can't be used: then it matches nothing. */
export type PatternRule = 'usable patterns' | 'all patterns';

/** As large as a frame, which has a queue's arguments. */
const OBJECT_LIMIT_OCTETS = 131_072;

/** Until 3.6.1 definitions files did not say how passwords were hashed. */
const MD5_VERSIONS = /^(2\.|3\.[0-5]\.)/;

const OPERATOR_POLICY = 'operator_policy';
const VHOST_LIMITS = 'vhost-limits';
/** Components that parameters can be of. */
const COMPONENTS: readonly string[] = [OPERATOR_POLICY, VHOST_LIMITS];

/** How versions before 4.0 write that a virtual host has no default queue type. */
const NO_QUEUE_TYPE = 'undefined';

/**
 * In slices of time: reads what RabbitMQ writes as `definitions.json`, of 3.10 or 4.x, all of it or nothing. Sections that it knows nothing of
 * are passed over, as RabbitMQ does.
 *
 * @param vhost everything goes to this virtual host, whatever it says; what does not belong to one is passed over
 * @param takes what becomes of patterns that RabbitMQ takes, and that are not supported here
 * @throws OperationError that names the first object that makes no sense
 */
export async function readDefinitions(
  json: Json,
  vhost?: string,
  takes: PatternRule = 'usable patterns',
): Promise<Definitions> {
  const file = asObject(json);
  if (file === undefined || Array.isArray(json)) throw new OperationError('definitions are a JSON object');
  const slices = new TimeSlices();
  const readAll = async <Item, T>(items: readonly Item[], readOne: (item: Item, index: number) => T): Promise<T[]> => {
    const all: T[] = [];
    await slices.each(items, (item) => all.push(readOne(item, all.length)));
    return all;
  };
  const read = async <T>(section: string, readOne: (reader: DefinitionReader) => T): Promise<T[]> => {
    const items = file[section] ?? [];
    if (!Array.isArray(items)) throw new OperationError(`${section} is no list`);
    return await readAll(items as readonly Json[], (item, index) => readOne(objectIn(section, index, item)));
  };
  const ofBroker: typeof read = async (section, readOne) => (vhost === undefined ? await read(section, readOne) : []);
  const vhostOf = (reader: DefinitionReader) => vhost ?? reader.text('vhost');
  const { rabbit_version: oldVersion = '', rabbitmq_version: version = oldVersion } = file;
  const parameters = await read('parameters', (reader) => ({ reader, component: reader.text('component') }));
  const readParameters = async <T>(
    isWanted: (component: string) => boolean,
    readOne: (reader: DefinitionReader) => T,
  ) => {
    const wanted = parameters.filter(({ component }) => isWanted(component));
    return await readAll(wanted, ({ reader }) => readOne(reader));
  };
  return {
    users: await ofBroker('users', (reader) => readUser(reader, String(version))),
    vhosts: await ofBroker('vhosts', readVhost),
    permissions: await ofBroker('permissions', (reader) => readPermission(reader, takes)),
    topicPermissions: await ofBroker('topic_permissions', (reader) => readTopicPermission(reader, takes)),
    globalParameters: await ofBroker('global_parameters', readGlobalParameter),
    parameters: await readParameters(isUnknown, (reader) => readParameter(reader, vhostOf(reader))),
    vhostLimits: await readParameters(is(VHOST_LIMITS), (reader) => readVhostLimits(reader, vhostOf(reader))),
    policies: [
      ...(await readParameters(is(OPERATOR_POLICY), (reader) => readOperatorPolicy(reader, vhostOf(reader), takes))),
      ...(await read('policies', (reader) => readPolicy(reader, 'policy', vhostOf(reader), takes))),
    ],
    queues: await read('queues', (reader) => readQueue(reader, vhostOf(reader))),
    exchanges: await read('exchanges', (reader) => readExchange(reader, vhostOf(reader))),
    bindings: await read('bindings', (reader) => readBinding(reader, vhostOf(reader))),
  };
}

function isUnknown(component: string): boolean {
  return !COMPONENTS.includes(component);
}

function is(wanted: string): (component: string) => boolean {
  return (component) => component === wanted;
}

/** Each object is imported in one go: it must not be larger than clients can declare one. */
function objectIn(section: string, index: number, item: Json): DefinitionReader {
  const reader = new DefinitionReader(section, index, item);
  if (!isWithin(OBJECT_LIMIT_OCTETS, item)) reader.refuse(`has more than ${OBJECT_LIMIT_OCTETS} octets`);
  return reader;
}

function readUser(reader: DefinitionReader, version: string): UserDefinition {
  if (!reader.has('tags')) reader.refuse('has no tags');
  return {
    label: reader.toString(),
    name: requireShort(reader, 'name'),
    password: readPassword(reader, version),
    tags: reader.tags('tags'),
    limits: reader.has('limits') ? readUserLimits(reader) : undefined,
  };
}

function readUserLimits(reader: DefinitionReader): Json {
  const limits = reader.object('limits');
  orRefuse(reader, () => requireUserLimits(limits));
  return limits;
}

function readPassword(reader: DefinitionReader, version: string): HashedPassword {
  if (reader.has('password') && reader.has('password_hash')) reader.refuse('has both a password and a password_hash');
  if (reader.has('password')) return orRefuse(reader, () => hashedPassword(reader.text('password')));
  const passwordHash = reader.text('password_hash', '');
  if (passwordHash === '') return NO_PASSWORD;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(passwordHash)) reader.refuse('has a password_hash that is not base64');
  return { passwordHash, hashingAlgorithm: readAlgorithm(reader, version) };
}

function readAlgorithm(reader: DefinitionReader, version: string): HashingAlgorithm {
  if (reader.has('hashing_algorithm')) return reader.oneOf('hashing_algorithm', HASHING_ALGORITHMS);
  return MD5_VERSIONS.test(version) ? 'rabbit_password_hashing_md5' : 'rabbit_password_hashing_sha256';
}

/** What is said of a virtual host stands in its metadata, or beside it (which 3.10 takes it from), or in both (4.x). */
function readVhost(outer: DefinitionReader): VhostDefinition {
  const reader = outer.withFieldsOf('metadata');
  const isDescribed = ['description', 'tags', 'default_queue_type'].some((field) => reader.has(field));
  const queueType = reader.text('default_queue_type', NO_QUEUE_TYPE);
  const metadata = metadataFromJson({
    description: reader.text('description', ''),
    tags: reader.tags('tags'),
    ...(queueType === NO_QUEUE_TYPE ? {} : { default_queue_type: queueType }),
  });
  const name = requireShort(outer, 'name');
  return { label: outer.toString(), name, metadata: isDescribed ? metadata : undefined };
}

function readPermission(reader: DefinitionReader, takes: PatternRule): PermissionDefinition {
  const patterns = { configure: reader.text('configure'), write: reader.text('write'), read: reader.text('read') };
  requireUsable(reader, unusablePattern(patterns), takes);
  const [user, vhost] = [reader.text('user'), reader.text('vhost')];
  return { label: `${reader} for user ${JSON.stringify(user)}`, user, vhost, patterns };
}

function readTopicPermission(reader: DefinitionReader, takes: PatternRule): TopicPermissionDefinition {
  const patterns = { write: reader.text('write'), read: reader.text('read') };
  const [user, vhost, exchange] = [reader.text('user'), reader.text('vhost'), shortText(reader, 'exchange')];
  requireUsable(reader, new TopicPermission(patterns, user, vhost).unusablePattern, takes);
  const label = `${reader} for user ${JSON.stringify(user)} and exchange ${JSON.stringify(exchange)}`;
  return { label, user, vhost, exchange, patterns };
}

/** An object may be written as a list of pairs. A list of nothing remains one. */
function readGlobalParameter(reader: DefinitionReader): GlobalParameterDefinition {
  const value = reader.any('value');
  const isEmptyList = Array.isArray(value) && value.length === 0;
  return {
    label: reader.toString(),
    name: requireShort(reader, 'name'),
    value: isEmptyList ? value : (asObject(value) ?? value),
  };
}

function readParameter(reader: DefinitionReader, vhost: string): ParameterDefinition {
  return { label: reader.toString(), vhost, component: reader.text('component') };
}

function readVhostLimits(reader: DefinitionReader, vhost: string): VhostLimitsDefinition {
  const limits = reader.object('value');
  orRefuse(reader, () => requireVhostLimits(limits));
  return { label: reader.toString(), vhost, limits };
}

function readOperatorPolicy(reader: DefinitionReader, vhost: string, takes: PatternRule): PolicyDefinition {
  return readPolicy(reader.withFieldsOf('value'), 'operator_policy', vhost, takes);
}

function readPolicy(reader: DefinitionReader, kind: PolicyKind, vhost: string, takes: PatternRule): PolicyDefinition {
  const input = {
    pattern: reader.any('pattern'),
    definition: reader.object('definition'),
    ...(reader.has('priority') && { priority: reader.any('priority') }),
    ...(reader.has('apply-to') && { 'apply-to': reader.any('apply-to') }),
  };
  const name = requireShort(reader, 'name');
  const policy = orRefuse(reader, () => new Policy(kind, name, input, { isLenient: takes === 'all patterns' }));
  requireUsable(reader, policy.pattern, takes);
  return { label: reader.toString(), kind, vhost, policy };
}

function readQueue(reader: DefinitionReader, vhost: string): QueueDefinition {
  const [durable, autoDelete] = [reader.boolean('durable'), reader.boolean('auto_delete')];
  const properties = { durable, exclusive: false, autoDelete, arguments: readQueueArguments(reader) };
  return { label: reader.toString(), vhost, name: requireShort(reader, 'name'), properties };
}

/** Later versions repeat the type of a queue beside its arguments; where only that is there, it counts. */
function readQueueArguments(reader: DefinitionReader): FieldTable {
  const args = readArguments(reader);
  const type = reader.text('type', reader.text('queue_type', 'classic'));
  if (type === 'classic' || args.has('x-queue-type')) return args;
  return new Map([...args, ['x-queue-type', { type: 'longstr', value: type }]]);
}

function readExchange(reader: DefinitionReader, vhost: string): ExchangeDefinition {
  const properties = {
    type: reader.text('type'),
    durable: reader.boolean('durable'),
    autoDelete: reader.boolean('auto_delete'),
    internal: reader.boolean('internal', false),
    arguments: readArguments(reader),
  };
  return { label: reader.toString(), vhost, name: shortText(reader, 'name'), properties };
}

function readBinding(reader: DefinitionReader, vhost: string): BindingDefinition {
  const [source, destination] = [shortText(reader, 'source'), shortText(reader, 'destination')];
  return {
    label: `${reader} from ${JSON.stringify(source)} to ${JSON.stringify(destination)}`,
    vhost,
    source,
    destinationType: reader.oneOf('destination_type', ['queue', 'exchange']),
    destination,
    routingKey: reader.has('routing_key') ? shortText(reader, 'routing_key') : '',
    arguments: readArguments(reader),
  };
}

function readArguments(reader: DefinitionReader): FieldTable {
  return argumentsFromPlain(reader.object('arguments'));
}

/** A text that fits in an AMQP short string. */
function shortText(reader: DefinitionReader, field: string): string {
  const text = reader.text(field);
  if (Buffer.byteLength(text) > 255) reader.refuse(`has a ${field} of more than 255 octets`);
  return text;
}

function requireShort(reader: DefinitionReader, field: string): string {
  const text = shortText(reader, field);
  if (text === '') reader.refuse(`has an empty ${field}`);
  return text;
}

/** Refuses the object for a pattern that can't be used, if there is one. */
function requireUsable(reader: DefinitionReader, pattern: Pattern | undefined, takes: PatternRule): void {
  if (pattern?.fault === undefined) return;
  if (takes === 'all patterns' && pattern.fault instanceof UnsupportedPatternError) return;
  reader.refuse(`makes no sense: ${pattern.problem}`);
}

/** Has errors name the object. */
function orRefuse<T>(reader: DefinitionReader, action: () => T): T {
  try {
    return action();
  } catch (error) {
    return reader.refuse(`makes no sense: ${(error as Error).message.trim().replaceAll(/\s+/g, ' ')}`);
  }
}
