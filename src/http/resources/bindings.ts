import type { Destination } from '../../broker/binding.ts';
import type { Exchange } from '../../broker/exchange/exchange.ts';
import { argumentsFromPlain } from '../../broker/plain-arguments.ts';
import type { Queue } from '../../broker/queue/queue.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import { requireBindingPermissions, requireTopicPermission } from '../../server/channel/access.ts';
import { type ApiCall, CHANGED, CREATED, type Done } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { openableVhosts } from '../authorization.ts';
import { bodyOf, TABLE, type Table, TEXT, tableOf } from '../body-schema.ts';
import { objectNotFound } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import { type Listing, listing } from '../listing/listing.ts';
import {
  BINDING_ORDER,
  bindingsOf,
  bindingsTo,
  bindingView,
  defaultBinding,
  propertiesKey,
  type ShownBinding,
} from '../views/binding-view.ts';

const ACCESS = 'vhost';
const BINDING = bodyOf({ routing_key: TEXT, arguments: TABLE });

interface BindingBody {
  readonly routing_key?: string;
  readonly arguments?: Table;
}

/** Bindings: all those between a source and a destination, each named by its properties key. */
export function addBindings(routes: ApiRoutes): void {
  routes.get('/bindings', { summary: 'All bindings' }, ({ context, user }) => {
    return bindingList(bindingsIn(openableVhosts(context.broker.vhosts, user)));
  });
  routes.get('/bindings/:vhost', { summary: 'The bindings of a virtual host', access: ACCESS }, ({ vhost }) => {
    return bindingList(bindingsOf(vhost));
  });
  for (const [letter, kind] of [
    ['q', 'queue'],
    ['e', 'exchange'],
  ] as const) {
    addBetween(routes, `/bindings/:vhost/e/:source/${letter}/:destination`, kind);
  }
}

function addBetween(routes: ApiRoutes, path: string, kind: Destination['kind']): void {
  const listed = { summary: `The bindings from an exchange to ${article(kind)}`, access: ACCESS } as const;
  routes.get(path, listed, (call) => bindingList(bindingsBetween(call, kind)));
  const binding = { summary: `Bind ${article(kind)} to an exchange`, access: ACCESS, body: BINDING } as const;
  routes.post<BindingBody>(path, binding, (call) => bind(call, kind));
  const one = `${path}/:key`;
  routes.get(one, { summary: 'A binding', access: ACCESS }, (call) => shownBinding(call, kind));
  routes.delete(one, { summary: 'Delete a binding', access: ACCESS }, (call) => unbind(call, kind));
}

function article(kind: Destination['kind']): string {
  return kind === 'queue' ? 'a queue' : 'another exchange';
}

function* bindingsIn(vhosts: readonly VirtualHost[]): Generator<ShownBinding> {
  for (const vhost of vhosts) yield* bindingsOf(vhost);
}

function bindingList(bindings: Iterable<ShownBinding>): Listing {
  return listing(bindings, bindingView, BINDING_ORDER);
}

/** @throws HttpError 404 unless both are there */
function bindingsBetween(call: ApiCall<unknown>, kind: Destination['kind']): ShownBinding[] {
  const { vhost } = call;
  const source = vhost.exchanges.get(call.exchangeName('source'));
  const destination = destinationOf(call, kind);
  if (source === undefined || destination === undefined) throw objectNotFound();
  if (source.name === '') return destination.kind === 'queue' ? [defaultBinding(destination)] : [];
  return [...bindingsTo(destination)].filter((binding) => binding.source === source.name);
}

function destinationOf(call: ApiCall<unknown>, kind: Destination['kind']): Queue | Exchange | undefined {
  const { queues, exchanges } = call.vhost;
  return kind === 'queue' ? queues.get(call.part('destination')) : exchanges.get(call.exchangeName('destination'));
}

/** Many clients put the key into the address as they got it, with what is quoted in it quoted once. @throws HttpError 404 */
function requireBinding(call: ApiCall, kind: Destination['kind']): ShownBinding {
  const key = call.part('key');
  const bindings = bindingsBetween(call, kind);
  const keyOf = ({ routingKey, arguments: args }: ShownBinding) => propertiesKey(routingKey, args);
  const binding =
    bindings.find((each) => keyOf(each) === key) ?? bindings.find((each) => decodeURIComponent(keyOf(each)) === key);
  if (binding === undefined) throw objectNotFound();
  return binding;
}

function shownBinding(call: ApiCall, kind: Destination['kind']): JsonObject {
  return bindingView(requireBinding(call, kind));
}

async function bind(call: ApiCall<BindingBody>, kind: Destination['kind']): Promise<Done> {
  const { vhostToChange: vhost, body } = call;
  const { routing_key: routingKey = '', arguments: table } = body;
  const [sourceName, name] = [call.exchangeName('source'), destinationName(call, kind)];
  requireBindingPermissions({ user: call.user, vhost }, { kind, name }, sourceName);
  const source = vhost.exchange(sourceName);
  requireTopicPermission({ user: call.user, vhost }, 'read', source, routingKey);
  const destination = kind === 'queue' ? vhost.queue(name, call) : vhost.exchange(name);
  const args = argumentsFromPlain(tableOf(table));
  vhost.bind(source, destination, routingKey, args);
  await call.committed();
  call.replyHeaders.location = `${encodeURIComponent(name)}/${encodeURIComponent(propertiesKey(routingKey, args))}`;
  return CREATED;
}

async function unbind(call: ApiCall, kind: Destination['kind']): Promise<Done> {
  const { vhost } = call;
  const { source: sourceName, routingKey, arguments: args } = requireBinding(call, kind);
  const name = destinationName(call, kind);
  requireBindingPermissions({ user: call.user, vhost }, { kind, name }, sourceName);
  const source = vhost.exchange(sourceName);
  requireTopicPermission({ user: call.user, vhost }, 'read', source, routingKey);
  const destination = kind === 'queue' ? vhost.queue(name, call) : vhost.exchange(name);
  vhost.unbind(source, destination, routingKey, args);
  await call.committed();
  return CHANGED;
}

function destinationName(call: ApiCall<unknown>, kind: Destination['kind']): string {
  return kind === 'queue' ? call.part('destination') : call.exchangeName('destination');
}
