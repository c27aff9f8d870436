import type { OpenConnection } from '../../server/amqp-server.ts';
import { type ApiCall, CHANGED } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { isAdministrator, isMonitor } from '../authorization.ts';
import { notAuthorised, objectNotFound } from '../http-error.ts';
import { type Listing, listing } from '../listing/listing.ts';
import { channelsOf, channelView, connectionView, type OpenChannel } from '../views/connection-view.ts';
import { StatisticsView } from '../views/statistics-view.ts';

const CLOSED = 'Closed via management plugin';
/** In reply texts, of which there are 255 octets. */
const MAX_REASON_LENGTH = 200;

/** What clients are connected. Those without the tag `monitoring` see their own. */
export function addConnections(routes: ApiRoutes): void {
  routes.get('/connections', { summary: 'All connections' }, (call) => connectionList(call, connectionsFor(call)));
  const ofVhost = { summary: 'The connections to a virtual host', access: 'seen vhost' } as const;
  routes.get('/vhosts/:vhost/connections', ofVhost, (call) => {
    const { vhost } = call;
    const connections = [...connectionsFor(call)].filter((connection) => connection.vhost === vhost);
    return connectionList(call, connections);
  });
  routes.get('/connections/:name', { summary: 'A connection' }, (call) => {
    const connection = requireConnection(call);
    return { ...connectionView(connection, call.context.node), ...new StatisticsView(call).connection(connection) };
  });
  const closing = { summary: 'Close a connection; the header X-Reason says why' };
  routes.delete('/connections/:name', closing, (call) => {
    const connection = requireConnection(call);
    close(call, (each) => each === connection);
    return CHANGED;
  });
  routes.get('/connections/:name/channels', { summary: 'The channels of a connection' }, (call) => {
    const { node } = call.context;
    const statistics = new StatisticsView(call);
    const view = (open: OpenChannel) => ({ ...channelView(open, node), ...statistics.channel(open.channel) });
    return listing(channelsOf([requireConnection(call)]), view, ['number']);
  });
  addByUser(routes);
}

function addByUser(routes: ApiRoutes): void {
  routes.get('/connections/username/:user', { summary: "A user's connections" }, (call) => {
    const { node } = call.context;
    return listing(
      connectionsOfUser(call),
      ({ name, vhost, user }) => ({ name, vhost: vhost.name, user: user.name, node }),
      ['name'],
    );
  });
  routes.delete('/connections/username/:user', { summary: "Close a user's connections" }, (call) => {
    const connections = new Set(connectionsOfUser(call));
    close(call, (each) => connections.has(each as OpenConnection));
    return CHANGED;
  });
}

function connectionList(call: ApiCall, connections: Iterable<OpenConnection>): Listing {
  const { node } = call.context;
  const statistics = new StatisticsView(call);
  const view = (connection: OpenConnection) => ({
    ...connectionView(connection, node),
    ...statistics.connection(connection),
  });
  return listing(connections, view, ['vhost', 'name']);
}

/** Those that the user who asks may see. */
export function connectionsFor({ context, user }: ApiCall): Iterable<OpenConnection> {
  const all = context.amqp.openConnections();
  return isMonitor(user) ? all : [...all].filter((connection) => connection.user === user);
}

/** @throws HttpError 401 where it is another user's */
function connectionsOfUser(call: ApiCall): OpenConnection[] {
  const { context, user } = call;
  const name = call.part('user');
  if (user.name !== name && !isMonitor(user)) throw notAuthorised('User not authorised to access object');
  return [...context.amqp.openConnections()].filter((connection) => connection.user.name === name);
}

/** @throws HttpError 404; 401 where it is another user's */
function requireConnection(call: ApiCall): OpenConnection {
  const { context, user } = call;
  const name = call.part('name');
  for (const connection of context.amqp.openConnections()) {
    if (connection.name !== name) continue;
    if (connection.user !== user && !isMonitor(user)) throw notAuthorised('User not authorised to access object');
    return connection;
  }
  throw objectNotFound();
}

/** Others' connections may be seen by monitors, and closed by administrators. */
function close(call: ApiCall, isMeant: (connection: object) => boolean): void {
  const { context, user, headers } = call;
  const given = headers['x-reason'];
  const reason = typeof given === 'string' && given !== '' ? given.slice(0, MAX_REASON_LENGTH) : CLOSED;
  const mayClose = (connection: { user: unknown }) => isAdministrator(user) || connection.user === user;
  const connections = [...context.amqp.openConnections()].filter(isMeant);
  if (!connections.every(mayClose)) throw notAuthorised('User not authorised to access object');
  context.amqp.closeConnections(isMeant, reason);
}
