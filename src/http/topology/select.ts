import { TimeSlices } from '../../time/time-slices.ts';
import type { Graph, GraphEdge, GraphNode, NodeKind } from './graph.ts';

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
  const neighbours = new Neighbours();
  for (const edge of graph.edges) {
    neighbours.add(edge);
    if (slices.isOver) await slices.next();
  }
  const declared = [...graph.nodes.values()].filter((node) => !isUnused(node, neighbours));
  const named = name === '' ? declared : around(declared, name.toLowerCase(), neighbours);
  await slices.next();
  const showsIdle = idle === 'yes' || (idle === 'auto' && named.length <= LITTLE);
  const shown = showsIdle ? named : withoutIdle(named, neighbours);
  await slices.next();
  const nodes = KINDS.flatMap((kind) => busiest(shown, kind, limit));
  await slices.next();
  const ids = new Set(nodes.map(({ id }) => id));
  return {
    nodes,
    edges: [...graph.edges].filter(({ from, to }) => ids.has(from) && ids.has(to)),
    idleCount: named.length - shown.length,
    surplusCount: shown.length - nodes.length,
  };
}

const KINDS: readonly NodeKind[] = ['producer', 'exchange', 'queue', 'consumer'];

/** Which nodes are beside which. */
class Neighbours {
  readonly before = new Map<string, string[]>();
  readonly behind = new Map<string, string[]>();

  add({ from, to }: GraphEdge): void {
    push(this.behind, from, to);
    push(this.before, to, from);
  }
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

/** The exchanges that are there anyway, while nobody does anything with them. */
function isUnused({ id, isPredeclared, in: incoming }: GraphNode, { before, behind }: Neighbours): boolean {
  return isPredeclared && incoming === 0 && !before.has(id) && !behind.has(id);
}

/** Those with the text in their names, with all that leads to them or that they lead to. */
function around(nodes: readonly GraphNode[], text: string, { before, behind }: Neighbours): GraphNode[] {
  const found = nodes.filter(({ name, note, kind }) =>
    `${name}${isPeer(kind) ? ` ${note}` : ''}`.toLowerCase().includes(text),
  );
  const ids = found.map(({ id }) => id);
  const kept = new Set([...reached(ids, before), ...reached(ids, behind)]);
  return nodes.filter(({ id }) => kept.has(id));
}

function isPeer(kind: NodeKind): boolean {
  return kind === 'producer' || kind === 'consumer';
}

/** The nodes, and what can be reached from them. */
function reached(from: readonly string[], onward: ReadonlyMap<string, readonly string[]>): Set<string> {
  const seen = new Set(from);
  for (const id of seen) for (const next of onward.get(id) ?? []) seen.add(next);
  return seen;
}

/**
 * Those with traffic or messages; the exchanges between an exchange that is published to and a queue that something comes to,
 * since messages pass them without being counted; and who waits for messages of queues that are shown.
 */
function withoutIdle(nodes: readonly GraphNode[], { before, behind }: Neighbours): GraphNode[] {
  const active = new Set(nodes.filter(isActive).map(({ id }) => id));
  const entries = nodes.filter(({ id, kind }) => kind === 'exchange' && active.has(id));
  const exits = nodes.filter(({ kind, in: incoming }) => kind === 'queue' && incoming > 0);
  const after = reached(ids(entries), behind);
  const ahead = reached(ids(exits), before);
  return nodes.filter(({ id, kind }) => {
    if (active.has(id)) return true;
    if (kind === 'exchange') return after.has(id) && ahead.has(id);
    return kind === 'consumer' && (before.get(id) ?? []).some((queue) => active.has(queue));
  });
}

function ids(nodes: readonly GraphNode[]): string[] {
  return nodes.map(({ id }) => id);
}

function isActive({ in: incoming, out, messages }: GraphNode): boolean {
  return incoming > 0 || out > 0 || messages > 0;
}

function busiest(nodes: readonly GraphNode[], kind: NodeKind, limit: number): GraphNode[] {
  const some = nodes.filter((node) => node.kind === kind);
  if (some.length <= limit) return some;
  const traffic = (node: GraphNode) => node.in + node.out;
  return some.sort((a, b) => traffic(b) - traffic(a) || b.messages - a.messages).slice(0, limit);
}
