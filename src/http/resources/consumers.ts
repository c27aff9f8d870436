import type { ApiCall } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { type Listing, listing } from '../listing/listing.ts';
import { consumersOf, consumerView, type OpenConsumer } from '../views/connection-view.ts';
import { connectionsFor } from './connections.ts';

const ORDER = ['channel_details.name', 'consumer_tag'];

/** The consumers on all channels that the user may see. */
export function addConsumers(routes: ApiRoutes): void {
  routes.get('/consumers', { summary: 'All consumers' }, (call) =>
    consumerList(call, consumersOf(connectionsFor(call))),
  );
  routes.get('/consumers/:vhost', { summary: 'The consumers in a virtual host', access: 'vhost' }, (call) => {
    const { vhost } = call;
    const consumers = [...consumersOf(connectionsFor(call))].filter(({ connection }) => connection.vhost === vhost);
    return consumerList(call, consumers);
  });
}

function consumerList({ context }: ApiCall, consumers: Iterable<OpenConsumer>): Listing {
  return listing(consumers, (consumer) => consumerView(consumer, context.node), ORDER);
}
