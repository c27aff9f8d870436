import { isIP } from 'node:net';
import { erlangFields } from '../../protocol/erlang-term.ts';
import type { FieldTable, FieldValue } from '../../protocol/field-table.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import type { Binding } from '../binding.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Queue } from '../queue/queue.ts';
import type { BrokerEvent, ChannelFacts, ConnectionFacts, ConsumerFacts, LoginFacts } from './broker-events.ts';

type Headers = Readonly<Record<string, FieldValue>>;

/** What RabbitMQ says of encryption where there is none. */
const NOT_ENCRYPTED = ['hash', 'cipher', 'key_exchange', 'protocol'].map((name) => [`ssl_${name}`, text('')] as const);
const NO_CERTIFICATE = ['validity', 'issuer', 'subject'].map((name) => [`peer_cert_${name}`, text('')] as const);
const PROTOCOL = text('{0,9,1}');

/**
 * The headers in which RabbitMQ's plugin for events tells of one, in its order: what it has no type for it prints as Erlang
 * does. Where it has the number of a process, here is the name of the connection or channel.
 */
export function eventHeaders(event: BrokerEvent, node: string): Headers {
  const { performedBy } = event;
  const by = { user_who_performed_action: text(performedBy) };
  switch (event.name) {
    case 'connection.created':
      return { ...by, ...connectionHeaders(event.facts, node) };
    case 'connection.closed':
      return closedConnectionHeaders(event.facts, node);
    case 'channel.created':
      return { ...by, ...channelHeaders(event.facts) };
    case 'channel.closed':
      return { ...by, pid: channelName(event.facts) };
    case 'consumer.created':
    case 'consumer.deleted':
      return { ...by, ...consumerHeaders(event.facts, event.name === 'consumer.created') };
    case 'queue.created':
      return { ...by, ...queueHeaders(event.facts) };
    case 'exchange.created':
      return { ...by, ...exchangeHeaders(event.facts) };
    case 'binding.created':
    case 'binding.deleted':
      return { ...by, ...bindingHeaders(event.facts) };
    case 'queue.deleted':
    case 'exchange.deleted':
    case 'policy.cleared':
    case 'operator.policy.cleared':
      return { ...by, name: text(event.facts.name), vhost: text(event.facts.vhost) };
    case 'queue.unreadable': {
      const { name, vhost, error } = event.facts;
      return { ...by, name: text(name), vhost: text(vhost), error: text(error.message) };
    }
    case 'user.authentication.success':
      return loginHeaders(event.facts);
    case 'user.authentication.failure':
      return { error: text(`user '${event.facts.user}' - invalid credentials`), ...loginHeaders(event.facts) };
    case 'user.tags.set':
      return { ...by, tags: list(event.facts.tags.map(text)), name: text(event.facts.name) };
    case 'vhost.created': {
      const { name, description, tags } = event.facts;
      const given = { tags: list(tags.map(text)), description: text(description) };
      return { ...given, ...by, tracing: flag(false), name: text(name) };
    }
    case 'vhost.limits.set':
      return { ...json(event.facts.limits), ...by, name: text('limits'), vhost: text(event.facts.vhost) };
    case 'vhost.limits.cleared':
      return { ...by, name: text('limits'), vhost: text(event.facts.vhost) };
    case 'user.limits.set':
      return { ...json(event.facts.limits), username: text(event.facts.user), ...by, name: text('limits') };
    case 'user.limits.cleared':
      return { username: text(event.facts.user), ...by, name: text('limits') };
    case 'policy.set': {
      const { definition, vhost, name } = event.facts;
      return { ...json(definition), ...by, vhost: text(vhost), name: text(name) };
    }
    case 'parameter.set':
      return { ...by, value: jsonField(event.facts.value), ...parameterHeaders(event.facts) };
    case 'parameter.cleared':
      return { ...by, ...parameterHeaders(event.facts) };
    case 'alarm.set':
    case 'alarm.cleared':
      return { node: text(node), source: text(event.facts.resource) };
    default:
      return { ...by, ...json({ ...event.facts }) };
  }
}

function connectionHeaders(facts: ConnectionFacts, node: string): Headers {
  const { name, peer, local, user, vhost, mechanism } = facts;
  return {
    node: text(node),
    connected_at: integer(facts.connectedAtMs),
    client_properties: fieldList(facts.clientProperties),
    channel_max: integer(facts.channelMax),
    frame_max: integer(facts.frameMaxOctets),
    timeout: integer(facts.heartbeatS),
    vhost: text(vhost),
    user: text(user),
    protocol: PROTOCOL,
    ...Object.fromEntries(NOT_ENCRYPTED),
    auth_mechanism: text(mechanism),
    ...Object.fromEntries(NO_CERTIFICATE),
    ssl: flag(false),
    peer_host: text(erlangAddress(peer.address)),
    host: text(erlangAddress(local.address)),
    peer_port: integer(peer.port),
    port: integer(local.port),
    name: text(name),
    pid: text(name),
    type: text('network'),
  };
}

function closedConnectionHeaders({ clientProperties, name }: ConnectionFacts, node: string): Headers {
  return { client_properties: fieldList(clientProperties), node: text(node), pid: text(name), name: text(name) };
}

function loginHeaders({ user, mechanism, connection, peer, local }: LoginFacts): Headers {
  return {
    ssl: flag(false),
    auth_mechanism: text(mechanism),
    protocol: PROTOCOL,
    peer_port: integer(peer.port),
    peer_host: text(erlangAddress(peer.address)),
    connection_name: text(connection),
    host: text(erlangAddress(local.address)),
    name: text(user),
    connection_type: text('network'),
  };
}

function channelHeaders(facts: ChannelFacts): Headers {
  const { connection, number, user, vhost } = facts;
  const name = channelName(facts);
  const owner = { vhost: text(vhost), user: text(user), number: integer(number), connection: text(connection) };
  return { ...owner, name, pid: name };
}

function channelName({ connection, number }: Pick<ChannelFacts, 'connection' | 'number'>): FieldValue {
  return text(`${connection} (${number})`);
}

function consumerHeaders(facts: ConsumerFacts, isCreated: boolean): Headers {
  const { connection, channel: number, queue, vhost, tag, noAck, exclusive } = facts;
  const [place, consumerTag] = [{ queue: text(queue), vhost: text(vhost) }, { consumer_tag: text(tag) }];
  const channel = channelName({ connection, number });
  if (!isCreated) return { ...place, channel, ...consumerTag };
  const how = { ack_required: flag(!noAck), exclusive: flag(exclusive) };
  const asked = { arguments: fieldList(facts.arguments), prefetch_count: integer(facts.prefetchCount) };
  return { ...asked, ...place, channel, ...how, ...consumerTag };
}

function queueHeaders({ name, vhost, properties }: Queue): Headers {
  const { exclusive, durable, autoDelete, arguments: args } = properties;
  const kept = { auto_delete: flag(autoDelete), durable: flag(durable), name: text(name), vhost: text(vhost) };
  return { exclusive: flag(exclusive), arguments: fieldList(args), ...kept };
}

function exchangeHeaders({ name, vhost, properties }: Exchange): Headers {
  const { type, internal, durable, autoDelete, arguments: args } = properties;
  const what = { internal: flag(internal), auto_delete: flag(autoDelete), durable: flag(durable), type: text(type) };
  return { policy: text(''), arguments: fieldList(args), ...what, name: text(name), vhost: text(vhost) };
}

function bindingHeaders({ source, destination, routingKey, arguments: args }: Binding): Headers {
  return {
    vhost: text(source.vhost),
    arguments: fieldList(args),
    routing_key: text(routingKey),
    destination_kind: text(destination.kind),
    destination_name: text(destination.name),
    source_kind: text(source.kind),
    source_name: text(source.name),
  };
}

interface ParameterFacts {
  readonly name: string;
  readonly component: string;
  readonly vhost: string | undefined;
}

function parameterHeaders({ name, component, vhost }: ParameterFacts): Headers {
  return { name: text(name), component: text(component), ...(vhost === undefined ? {} : { vhost: text(vhost) }) };
}

/** `{127,0,0,1}`: an address as Erlang prints it. */
function erlangAddress(address: string): string {
  if (isIP(address) === 4) return `{${address.replaceAll('.', ',')}}`;
  if (isIP(address) !== 6) return address;
  const [before = '', after] = address.replace(/%.*/, '').split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const [first, last] = [groups(before), groups(after ?? '')];
  return `{${[...first, ...new Array(8 - first.length - last.length).fill(0), ...last].join(',')}}`;
}

function fieldList(table: FieldTable): FieldValue {
  return list(erlangFields(table).map(text));
}

function json(value: Json): Headers {
  return Object.fromEntries(Object.entries(value as object).map(([name, each]) => [name, jsonField(each)]));
}

function jsonField(value: Json): FieldValue {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'boolean') return flag(value);
  if (typeof value === 'number') return Number.isInteger(value) ? integer(value) : { type: 'double', value };
  if (value === null) return text('null');
  if (Array.isArray(value)) return list(value.map(jsonField));
  return { type: 'table', value: new Map(Object.entries(json(value))) };
}

function text(value: string): FieldValue {
  return { type: 'longstr', value };
}

function flag(value: boolean): FieldValue {
  return { type: 'bool', value };
}

function integer(value: number): FieldValue {
  return { type: 'long', value };
}

function list(value: readonly FieldValue[]): FieldValue {
  return { type: 'array', value };
}
