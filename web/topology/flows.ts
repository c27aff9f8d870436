import type { Topology, TopologyEdge, TopologyNode } from '../api/answers.ts';

/** An edge, with the messages a second that pass it. */
export interface FlowEdge extends TopologyEdge {
  readonly flow: number;
}

/**
 * How much passes each edge. Publishers and consumers are counted, exchanges and queues too, but not bindings: what comes to
 * a queue is shared out among the exchanges before it, by what they have. Of dead letters nobody knows which queue has how many.
 */
export function flowEdges({ nodes, edges }: Topology): FlowEdge[] {
  const flows = new Flows(nodes, edges);
  return edges.map((edge) => ({ ...edge, flow: flows.of(edge) }));
}

class Flows {
  private readonly nodes: ReadonlyMap<string, TopologyNode>;
  private readonly into = new Map<string, TopologyEdge[]>();
  private readonly outOf = new Map<string, TopologyEdge[]>();
  private readonly throughputs = new Map<string, number>();
  private readonly flows = new Map<TopologyEdge, number>();

  constructor(nodes: readonly TopologyNode[], edges: readonly TopologyEdge[]) {
    this.nodes = new Map(nodes.map((node) => [node.id, node]));
    for (const edge of edges) {
      if (edge.kind !== 'binding' && edge.kind !== 'alternate') continue;
      this.into.set(edge.to, [...(this.into.get(edge.to) ?? []), edge]);
      this.outOf.set(edge.from, [...(this.outOf.get(edge.from) ?? []), edge]);
    }
  }

  of(edge: TopologyEdge): number {
    if (edge.kind !== 'binding' && edge.kind !== 'alternate') return edge.rate;
    const known = this.flows.get(edge);
    if (known !== undefined) return known;
    this.flows.set(edge, 0); // what a circle comes back with
    const others = this.into.get(edge.to) ?? [];
    const weights = others.reduce((sum, { from }) => sum + this.throughput(from), 0);
    const share = weights === 0 ? 1 / others.length : this.throughput(edge.from) / weights;
    const flow = this.arriving(edge.to) * share;
    this.flows.set(edge, flow);
    return flow;
  }

  /** What comes to a node by bindings: to an exchange, what goes on from it and nobody has published to it. */
  private arriving(id: string): number {
    const node = this.nodes.get(id);
    if (node === undefined) return 0;
    if (node.kind === 'queue') return node.in;
    const onward = Math.max(0, ...(this.outOf.get(id) ?? []).map((edge) => this.of(edge)));
    return Math.max(0, onward - node.in);
  }

  /** What may pass an exchange at most: what is published to it, and to those before it. */
  private throughput(id: string): number {
    const known = this.throughputs.get(id);
    if (known !== undefined) return known;
    const own = this.nodes.get(id)?.in ?? 0;
    this.throughputs.set(id, own);
    const sum = (this.into.get(id) ?? []).reduce((before, { from }) => before + this.throughput(from), own);
    this.throughputs.set(id, sum);
    return sum;
  }
}
