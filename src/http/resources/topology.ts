import type { VirtualHost } from '../../broker/vhost.ts';
import type { ApiCall } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { openableVhosts } from '../authorization.ts';
import { badRequest } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import type { GraphEdge, GraphNode } from '../topology/graph.ts';
import { readGraph } from '../topology/read-graph.ts';
import { type Selection, selectGraph } from '../topology/select.ts';
import { connectionsFor } from './connections.ts';

const DEFAULT_LIMIT = 250;
const LARGEST_LIMIT = 2000;

/** A picture of what messages pass through, with their rates. */
export function addTopology(routes: ApiRoutes): void {
  const summary =
    'Producers, exchanges, queues and consumers as a graph. name: a text in names; idle: yes, no or auto; limit: most of a kind';
  routes.get('/topology', { summary }, (call) => topology(call, openableVhosts(call.context.broker.vhosts, call.user)));
  const ofVhost = { summary: `Of a virtual host: ${summary}`, access: 'vhost' } as const;
  routes.get('/topology/:vhost', ofVhost, (call) => topology(call, [call.vhost]));
}

async function topology(call: ApiCall, vhosts: readonly VirtualHost[]): Promise<JsonObject> {
  const selection = selectionIn(call);
  const graph = await readGraph(vhosts, connectionsFor(call), call.context.statistics);
  const { nodes, edges, idleCount, surplusCount } = await selectGraph(graph, selection);
  return { nodes: nodes.map(nodeView), edges: edges.map(edgeView), idle: idleCount, surplus: surplusCount };
}

/** @throws HttpError 400 */
function selectionIn({ query }: ApiCall): Selection {
  const { name = '', idle = 'auto', limit = String(DEFAULT_LIMIT) } = query;
  if (typeof name !== 'string') throw badRequest('invalid name');
  if (idle !== 'yes' && idle !== 'no' && idle !== 'auto') throw badRequest('invalid idle');
  if (typeof limit !== 'string' || !/^[1-9]\d{0,8}$/.test(limit)) throw badRequest('invalid limit');
  return { name, idle, limit: Math.min(Number(limit), LARGEST_LIMIT) };
}

function nodeView({ id, kind, vhost, name, note, in: incoming, out, messages }: GraphNode): JsonObject {
  return { id, kind, vhost, name, note, in: incoming, out, messages };
}

function edgeView({ from, to, kind, count, rate, keys }: GraphEdge): JsonObject {
  return { from, to, kind, count, rate, keys };
}
