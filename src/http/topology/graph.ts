/** What messages pass through, from the left to the right. */
export type NodeKind = 'producer' | 'exchange' | 'queue' | 'consumer';

/** Something that messages pass through. */
export interface GraphNode {
  /** The same in each answer. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly vhost: string;
  readonly name: string;
  /** Messages a second that come in and go out, as far as they are counted there. */
  readonly in: number;
  readonly out: number;
  /** Messages that wait in it. */
  readonly messages: number;
  /** Of an exchange, or a queue that is not running: its type, its state. Of a connection: what its client calls itself. */
  readonly note: string;
  /** It was there before anybody declared anything. */
  readonly isPredeclared: boolean;
}

export type EdgeKind = 'publish' | 'binding' | 'alternate' | 'consume';

/** A way that messages take from one node to another. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** How many bindings or consumers it stands for. */
  count: number;
  /** Messages a second; of a binding, nobody counts them. */
  rate: number;
  /** Some of the routing keys. */
  readonly keys: string[];
}

/** As many keys as are told of an edge. */
const KEYS = 3;

/** Nodes, with the edges between them: one from each to each. */
export class Graph {
  readonly nodes = new Map<string, GraphNode>();
  private readonly edgesByEnds = new Map<string, GraphEdge>();

  get edges(): Iterable<GraphEdge> {
    return this.edgesByEnds.values();
  }

  addNode(node: GraphNode): void {
    this.nodes.set(node.id, node);
  }

  /** Adds an edge, or adds to the one that is there. */
  addEdge({ from, to, kind }: Pick<GraphEdge, 'from' | 'to' | 'kind'>, rate = 0, key?: string): void {
    const ends = `${from}\n${to}`;
    const edge = this.edgesByEnds.get(ends) ?? { from, to, kind, count: 0, rate: 0, keys: [] };
    this.edgesByEnds.set(ends, edge);
    edge.count++;
    edge.rate += rate;
    if (key !== undefined && edge.keys.length < KEYS) edge.keys.push(key);
  }
}

/** Names a node for good. */
export function nodeId(kind: NodeKind, vhost: string, name: string): string {
  return `${kind} ${vhost}\n${name}`;
}
