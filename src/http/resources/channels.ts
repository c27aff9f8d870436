import type { ApiCall } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { isMonitor } from '../authorization.ts';
import { notAuthorised, objectNotFound } from '../http-error.ts';
import { type Listing, listing } from '../listing/listing.ts';
import {
  channelName,
  channelsOf,
  channelView,
  consumersOf,
  consumerView,
  type OpenChannel,
} from '../views/connection-view.ts';
import { StatisticsView } from '../views/statistics-view.ts';
import { connectionsFor } from './connections.ts';

/** The channels of all connections that the user may see. */
export function addChannels(routes: ApiRoutes): void {
  routes.get('/channels', { summary: 'All channels' }, (call) => channelList(call, channelsOf(connectionsFor(call))));
  const ofVhost = { summary: 'The channels in a virtual host', access: 'seen vhost' } as const;
  routes.get('/vhosts/:vhost/channels', ofVhost, (call) => {
    const { vhost } = call;
    const channels = [...channelsOf(connectionsFor(call))].filter(({ connection }) => connection.vhost === vhost);
    return channelList(call, channels);
  });
  routes.get('/channels/:name', { summary: 'A channel, with its consumers' }, (call) => {
    const { node } = call.context;
    const open = requireChannel(call);
    const consumers = [...consumersOf([open.connection])].filter(({ channel }) => channel === open.channel);
    const details = { consumer_details: consumers.map((consumer) => consumerView(consumer, node)) };
    return { ...channelView(open, node), ...new StatisticsView(call).channel(open.channel), ...details };
  });
}

function channelList(call: ApiCall, channels: Iterable<OpenChannel>): Listing {
  const { node } = call.context;
  const statistics = new StatisticsView(call);
  const view = (open: OpenChannel) => ({ ...channelView(open, node), ...statistics.channel(open.channel) });
  return listing(channels, view, ['vhost', 'name']);
}

/** @throws HttpError 404; 401 where it is another user's */
function requireChannel(call: ApiCall): OpenChannel {
  for (const open of channelsOf(call.context.amqp.openConnections())) {
    if (channelName(open) !== call.part('name')) continue;
    const isSeen = open.connection.user === call.user || isMonitor(call.user);
    if (!isSeen) throw notAuthorised('User not authorised to access object');
    return open;
  }
  throw objectNotFound();
}
