import type { TopologyNode, TopologyNodeKind } from '../api/answers.ts';
import type { FlowEdge } from './flows.ts';

/** A node as it is drawn: itself, or one for many. */
export interface DrawnNode extends TopologyNode {
  /** How many it stands for. */
  readonly count: number;
}

export interface DrawnGraph {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly FlowEdge[];
}

/** So many of a kind are drawn, the last of them for all others: about what a screen is high. */
const MOST = 15;

/**
 * Puts together what is too many of a kind, but for the busiest.
 * @param expanded kinds of which everything is wanted
 */
export function collapse(
  nodes: readonly TopologyNode[],
  edges: readonly FlowEdge[],
  expanded: ReadonlySet<TopologyNodeKind>,
  most: number = MOST,
): DrawnGraph {
  const drawn: DrawnNode[] = [];
  const standIns = new Map<string, string>();
  for (const kind of ['producer', 'exchange', 'queue', 'consumer'] as const) {
    const some = nodes.filter((node) => node.kind === kind).sort(byName);
    if (some.length <= most || expanded.has(kind)) {
      drawn.push(...some.map((node) => ({ ...node, count: 1 })));
      continue;
    }
    const busiest = new Set([...some].sort(byTraffic).slice(0, most - 1));
    const others = some.filter((node) => !busiest.has(node));
    const group = groupOf(kind, others);
    drawn.push(...some.filter((node) => busiest.has(node)).map((node) => ({ ...node, count: 1 })), group);
    for (const { id } of others) standIns.set(id, group.id);
  }
  return { nodes: drawn, edges: merged(edges, (id) => standIns.get(id) ?? id) };
}

const { compare } = new Intl.Collator(undefined, { numeric: true });

function byName(a: TopologyNode, b: TopologyNode): number {
  return compare(a.vhost, b.vhost) || compare(a.name, b.name);
}

/** In powers of two, so that nodes do not come and go with each answer. */
function byTraffic(a: TopologyNode, b: TopologyNode): number {
  const size = (node: TopologyNode) => Math.ceil(Math.log2(1 + node.in + node.out));
  return size(b) - size(a) || Math.ceil(Math.log2(1 + b.messages)) - Math.ceil(Math.log2(1 + a.messages));
}

function groupOf(kind: TopologyNodeKind, others: readonly TopologyNode[]): DrawnNode {
  const sum = (of: (node: TopologyNode) => number) => others.reduce((before, node) => before + of(node), 0);
  return {
    id: `more ${kind}`,
    kind,
    vhost: '',
    name: '',
    note: '',
    in: sum((node) => node.in),
    out: sum((node) => node.out),
    messages: sum(({ messages }) => messages),
    count: others.length,
  };
}

/** Edges between what is drawn, one from each to each. */
function merged(edges: readonly FlowEdge[], idOf: (id: string) => string): FlowEdge[] {
  const found = new Map<string, FlowEdge>();
  for (const edge of edges) {
    const [from, to] = [idOf(edge.from), idOf(edge.to)];
    if (from === to) continue;
    const key = `${from}\n\n${to}`;
    const before = found.get(key);
    const sum = (a: number, b: number | undefined) => a + (b ?? 0);
    found.set(key, {
      ...edge,
      from,
      to,
      count: sum(edge.count, before?.count),
      rate: sum(edge.rate, before?.rate),
      flow: sum(edge.flow, before?.flow),
      keys: before?.keys ?? edge.keys,
    });
  }
  return [...found.values()];
}
