import type { Exchange } from '../../broker/exchange/exchange.ts';
import { argumentsFromPlain } from '../../broker/plain-arguments.ts';
import { declareExchange, deleteExchange } from '../../server/channel/declarations.ts';
import { type ApiCall, booleanOf, CHANGED, CREATED, type Done } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { openableVhosts } from '../authorization.ts';
import { BOOLEAN, bodyOf, TABLE, type Table, TEXT, tableOf } from '../body-schema.ts';
import { objectNotFound } from '../http-error.ts';
import { type Listing, listing } from '../listing/listing.ts';
import { BINDING_ORDER, bindingsFrom, bindingsTo, bindingView, type ShownBinding } from '../views/binding-view.ts';
import { exchangeView } from '../views/exchange-view.ts';
import { StatisticsView } from '../views/statistics-view.ts';

const ACCESS = 'vhost';
const EXCHANGE = bodyOf({ type: TEXT, durable: BOOLEAN, auto_delete: BOOLEAN, internal: BOOLEAN, arguments: TABLE });

interface ExchangeBody {
  readonly type?: string;
  readonly durable?: unknown;
  readonly auto_delete?: unknown;
  readonly internal?: unknown;
  readonly arguments?: Table;
}

/** Exchanges, by virtual host and name: the default exchange goes by `amq.default`. */
export function addExchanges(routes: ApiRoutes): void {
  routes.get('/exchanges', { summary: 'All exchanges' }, (call) => {
    return exchangeList(
      call,
      openableVhosts(call.context.broker.vhosts, call.user).flatMap(({ exchanges }) => [...exchanges.values()]),
    );
  });
  routes.get('/exchanges/:vhost', { summary: 'The exchanges of a virtual host', access: ACCESS }, (call) => {
    return exchangeList(call, call.vhost.exchanges.values());
  });
  routes.get('/exchanges/:vhost/:name', { summary: 'An exchange', access: ACCESS }, (call) => {
    const exchange = requireExchange(call);
    const statistics = new StatisticsView(call).exchange(exchange);
    return { ...exchangeView(exchange), ...statistics, incoming: [], outgoing: [] };
  });
  const declaring = {
    summary: 'Declare an exchange; it is not durable unless that is said',
    access: ACCESS,
    body: EXCHANGE,
  } as const;
  routes.put<ExchangeBody>('/exchanges/:vhost/:name', declaring, declare);
  const deleting = { summary: 'Delete an exchange; if-unused=true: only without bindings', access: ACCESS } as const;
  routes.delete('/exchanges/:vhost/:name', deleting, remove);
  const from = { summary: 'The bindings that begin at an exchange', access: ACCESS } as const;
  routes.get('/exchanges/:vhost/:name/bindings/source', from, (call) => {
    const exchange = call.vhost.exchanges.get(call.exchangeName('name'));
    return bindingList(exchange === undefined ? [] : bindingsFrom(call.vhost, exchange));
  });
  const to = { summary: 'The bindings that lead to an exchange', access: ACCESS } as const;
  routes.get('/exchanges/:vhost/:name/bindings/destination', to, (call) => {
    const exchange = call.vhost.exchanges.get(call.exchangeName('name'));
    return bindingList(exchange === undefined ? [] : bindingsTo(exchange));
  });
}

function exchangeList(call: ApiCall, exchanges: Iterable<Exchange>): Listing {
  const statistics = new StatisticsView(call);
  const view = (exchange: Exchange) => ({ ...exchangeView(exchange), ...statistics.exchange(exchange) });
  return listing(exchanges, view, ['vhost', 'name']);
}

function bindingList(bindings: Iterable<ShownBinding>): Listing {
  return listing(bindings, bindingView, BINDING_ORDER);
}

/** @throws HttpError 404 */
function requireExchange(call: ApiCall): Exchange {
  const exchange = call.vhost.exchanges.get(call.exchangeName('name'));
  if (exchange === undefined) throw objectNotFound();
  return exchange;
}

async function declare(call: ApiCall<ExchangeBody>): Promise<Done> {
  const { vhostToChange: vhost, user, body } = call;
  const name = call.exchangeName('name');
  const isNew = !vhost.exchanges.has(name);
  declareExchange({ user, vhost }, name, {
    type: body.type ?? 'direct',
    durable: booleanOf(body.durable, false),
    autoDelete: booleanOf(body.auto_delete, false),
    internal: booleanOf(body.internal, false),
    arguments: argumentsFromPlain(tableOf(body.arguments)),
  });
  await call.committed();
  return isNew ? CREATED : CHANGED;
}

async function remove(call: ApiCall): Promise<Done> {
  const { vhost, user } = call;
  const { name } = requireExchange(call);
  deleteExchange({ user, vhost }, name, call.isSet('if-unused'));
  await call.committed();
  return CHANGED;
}
