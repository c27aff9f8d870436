import type { TopologyNodeKind } from '../api/answers.ts';

export interface LayerNode {
  readonly id: string;
  readonly kind: TopologyNodeKind;
}

export interface LayerEdge {
  readonly from: string;
  readonly to: string;
}

/**
 * Which column each node is in, from the left: producers, exchanges in as many as lead from one to the next, queues, consumers.
 * Columns without nodes are left out; edges that lead round in a circle do not count.
 */
export function layersOf(nodes: readonly LayerNode[], edges: readonly LayerEdge[]): Map<string, number> {
  const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]));
  const depths = exchangeDepths(
    nodes,
    edges.filter(({ from, to }) => kinds.get(from) === 'exchange' && kinds.get(to) === 'exchange'),
  );
  const deepest = Math.max(0, ...depths.values());
  const columnOf = ({ id, kind }: LayerNode): number => {
    if (kind === 'producer') return 0;
    if (kind === 'exchange') return 1 + depths.get(id)!;
    return kind === 'queue' ? deepest + 2 : deepest + 3;
  };
  const used = [...new Set(nodes.map(columnOf))].sort((a, b) => a - b);
  return new Map(nodes.map((node) => [node.id, used.indexOf(columnOf(node))]));
}

/** The longest way to each exchange from those that nothing leads to. */
function exchangeDepths(nodes: readonly LayerNode[], edges: readonly LayerEdge[]): Map<string, number> {
  const before = new Map<string, string[]>();
  for (const { from, to } of edges) before.set(to, [...(before.get(to) ?? []), from]);
  const depths = new Map<string, number>();
  const open = new Set<string>();
  const depthOf = (id: string): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    if (open.has(id)) return -1; // round in a circle
    open.add(id);
    const depth = Math.max(0, ...(before.get(id) ?? []).map((source) => depthOf(source) + 1));
    open.delete(id);
    depths.set(id, depth);
    return depth;
  };
  for (const { id, kind } of nodes) if (kind === 'exchange') depthOf(id);
  return depths;
}
