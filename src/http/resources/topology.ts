import type { VirtualHost } from '../../broker/vhost.ts';
import type { ApiCall } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { openableVhosts } from '../authorization.ts';
import { badRequest } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import { StreamedObject } from '../listing/streamed-object.ts';
import type { GraphNode } from '../topology/graph.ts';
import { readGraph } from '../topology/read-graph.ts';
import { type SelectedGraph, type Selection, selectGraph } from '../topology/select.ts';
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

async function topology(call: ApiCall, vhosts: readonly VirtualHost[]): Promise<StreamedObject> {
  const selection = selectionIn(call);
  const graph = await readGraph(vhosts, connectionsFor(call), call.context.statistics);
  const selected = await selectGraph(graph, selection);
  const { idleCount: idle, surplusCount: surplus } = selected;
  return new StreamedObject({ nodes: nodeViews(selected), edges: edgeViews(selected), idle, surplus });
}

/** @throws HttpError 400 */
function selectionIn({ query }: ApiCall): Selection {
  const { name = '', idle = 'auto', limit = String(DEFAULT_LIMIT) } = query;
  if (typeof name !== 'string') throw badRequest('invalid name');
  if (idle !== 'yes' && idle !== 'no' && idle !== 'auto') throw badRequest('invalid idle');
  if (typeof limit !== 'string' || !/^[1-9]\d{0,8}$/.test(limit)) throw badRequest('invalid limit');
  return { name, idle, limit: Math.min(Number(limit), LARGEST_LIMIT) };
}

/** Each is made when it is written: there may be thousands. */
function* nodeViews({ nodes }: SelectedGraph): Generator<JsonObject> {
  for (const node of nodes) {
    const { kind, vhost, name, note, in: incoming, out, messages } = node;
    yield { id: idOf(node), kind, vhost, name, note, in: incoming, out, messages };
  }
}

function* edgeViews({ edges }: SelectedGraph): Generator<JsonObject> {
  for (const { from, to, kind, count, rate, keys } of edges) {
    yield { from: idOf(from), to: idOf(to), kind, count, rate, keys };
  }
}

/** The same in each answer. */
function idOf({ kind, vhost, name }: GraphNode): string {
  return `${kind} ${vhost}\n${name}`;
}
