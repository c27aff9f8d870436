import { TimeSlices } from '../../time/time-slices.ts';
import { sortInSlices } from '../listing/sort-in-slices.ts';
import type { EdgeKind, Graph, GraphEdge, GraphNode, NodeKind } from './graph.ts';

/** Which part of a graph is wanted. */
export interface Selection {
  /** In the names of nodes, in whatever case; with what is before and behind these. Empty: all. */
  readonly name: string;
  /** Whether what has no traffic and no messages is wanted; `auto`: where there is little of everything. */
  readonly idle: 'yes' | 'no' | 'auto';
  /** Most nodes of a kind: those with the most traffic. */
  readonly limit: number;
}

export interface SelectedGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** How many were left out because they are idle, or too many. */
  readonly idleCount: number;
  readonly surplusCount: number;
}

/** So many nodes are shown, idle or not. */
const LITTLE = 40;

/** Chooses in slices: a graph may have tens of thousands of nodes. */
export async function selectGraph(graph: Graph, { name, idle, limit }: Selection): Promise<SelectedGraph> {
  const slices = new TimeSlices();
  const declared = graph.nodes.filter((node) => !isUnused(node));
  const named = name === '' ? declared : around(declared, name.toLowerCase(), await neighboursIn(graph, slices));
  await slices.next();
  const showsIdle = idle === 'yes' || (idle === 'auto' && named.length <= LITTLE);
  const shown = showsIdle ? named : withoutIdle(named, await neighboursIn(graph, slices, 'dead-letter'));
  await slices.next();
  const chosen = new Set<GraphNode>();
  for (const kind of KINDS) for (const node of await busiest(shown, kind, limit, slices)) chosen.add(node);
  await slices.next();
  return {
    nodes: [...chosen],
    edges: graph.edges.filter(({ from, to }) => chosen.has(from) && chosen.has(to)),
    idleCount: named.length - shown.length,
    surplusCount: shown.length - chosen.size,
  };
}

const KINDS: readonly NodeKind[] = ['producer', 'exchange', 'queue', 'consumer'];

/** The exchanges that are there anyway, while nobody does anything with them. */
function isUnused({ isPredeclared, isConnected, in: incoming }: GraphNode): boolean {
  return isPredeclared && !isConnected && incoming === 0;
}

type Nodes = readonly GraphNode[];

/** Which nodes are beside which. */
interface Neighbours {
  readonly before: ReadonlyMap<GraphNode, Nodes>;
  readonly behind: ReadonlyMap<GraphNode, Nodes>;
}

/** @param unless edges of this kind are passed over */
async function neighboursIn({ edges }: Graph, slices: TimeSlices, unless?: EdgeKind): Promise<Neighbours> {
  const [before, behind] = [new Map<GraphNode, GraphNode[]>(), new Map<GraphNode, GraphNode[]>()];
  for (const { from, to, kind } of edges) {
    if (kind !== unless) {
      push(behind, from, to);
      push(before, to, from);
    }
    if (slices.isOver) await slices.next();
  }
  return { before, behind };
}

function push(map: Map<GraphNode, GraphNode[]>, key: GraphNode, value: GraphNode): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

/** Those with the text in their names, with all that leads to them or that they lead to. */
function around(nodes: Nodes, text: string, { before, behind }: Neighbours): GraphNode[] {
  const found = nodes.filter(({ name, note, kind }) =>
    `${name}${isPeer(kind) ? ` ${note}` : ''}`.toLowerCase().includes(text),
  );
  const [ahead, after] = [reached(found, before), reached(found, behind)];
  return nodes.filter((node) => ahead.has(node) || after.has(node));
}

function isPeer(kind: NodeKind): boolean {
  return kind === 'producer' || kind === 'consumer';
}

/** The nodes, and what can be reached from them. */
function reached(from: Nodes, onward: ReadonlyMap<GraphNode, Nodes>): Set<GraphNode> {
  const seen = new Set(from);
  for (const node of seen) for (const next of onward.get(node) ?? []) seen.add(next);
  return seen;
}

/**
 * Those with traffic or messages; the exchanges between an exchange that is published to and a queue that something comes to,
 * since messages pass them without being counted; and who waits for messages of queues that are shown.
 */
function withoutIdle(nodes: Nodes, { before, behind }: Neighbours): GraphNode[] {
  const entries = nodes.filter((node) => node.kind === 'exchange' && isActive(node));
  const exits = nodes.filter(({ kind, in: incoming }) => kind === 'queue' && incoming > 0);
  const after = reached(entries, behind);
  const ahead = reached(exits, before);
  return nodes.filter((node) => {
    if (isActive(node)) return true;
    if (node.kind === 'exchange') return after.has(node) && ahead.has(node);
    return node.kind === 'consumer' && (before.get(node) ?? []).some(isActive);
  });
}

function isActive({ in: incoming, out, messages }: GraphNode): boolean {
  return incoming > 0 || out > 0 || messages > 0;
}

async function busiest(nodes: Nodes, kind: NodeKind, limit: number, slices: TimeSlices): Promise<Nodes> {
  const some = nodes.filter((node) => node.kind === kind);
  if (some.length <= limit) return some;
  const traffic = (node: GraphNode) => node.in + node.out;
  const sorted = await sortInSlices(some, (a, b) => traffic(b) - traffic(a) || b.messages - a.messages, slices);
  return sorted.slice(0, limit);
}
