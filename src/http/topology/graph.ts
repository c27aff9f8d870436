/** What messages pass through, from the left to the right. */
export type NodeKind = 'producer' | 'exchange' | 'queue' | 'consumer';

/** Something that messages pass through. */
export interface GraphNode {
  readonly kind: NodeKind;
  readonly vhost: string;
  readonly name: string;
  /** Messages a second that come in and go out, as far as they are counted there. */
  in: number;
  out: number;
  /** Messages that wait in it. */
  readonly messages: number;
  /** Of an exchange, or a queue that is not running: its type, its state. Of a connection: what its client calls itself. */
  readonly note: string;
  /** It was there before anybody declared anything. */
  readonly isPredeclared: boolean;
  /** Whether an edge begins or ends at it. */
  isConnected: boolean;
}

export type EdgeKind = 'publish' | 'binding' | 'alternate' | 'dead-letter' | 'consume';

/** A way that messages take from one node to another. */
export interface GraphEdge {
  readonly from: GraphNode;
  readonly to: GraphNode;
  readonly kind: EdgeKind;
  /** How many bindings or consumers it stands for. */
  count: number;
  /** Messages a second; of bindings and dead letters, nobody counts them. */
  rate: number;
  /** Some of the routing keys. */
  keys: readonly string[];
}

/** As many keys as are told of an edge. */
const KEYS = 3;
const NO_KEYS: readonly string[] = [];

/**
 * Nodes, with the edges between them: one from each to each. There may be tens of thousands for one answer, which is why they
 * refer to each other instead of to names.
 */
export class Graph {
  readonly nodes: GraphNode[] = [];
  readonly edges: GraphEdge[] = [];
  /** By the end that has many, and by the other one, so that there are few maps: those from a queue by where they lead. */
  private readonly fromQueues = new Map<GraphNode, Map<GraphNode, GraphEdge>>();
  private readonly fromOthers = new Map<GraphNode, Map<GraphNode, GraphEdge>>();

  /** Returns the node. */
  addNode(node: GraphNode): GraphNode {
    this.nodes.push(node);
    return node;
  }

  /** Adds an edge, or adds to the one that is there. */
  addEdge({ from, to, kind }: Pick<GraphEdge, 'from' | 'to' | 'kind'>, rate = 0, key?: string): void {
    const isFromQueue = from.kind === 'queue';
    const edges = isFromQueue ? mapOf(this.fromQueues, to) : mapOf(this.fromOthers, from);
    const other = isFromQueue ? from : to;
    let edge = edges.get(other);
    if (edge === undefined) {
      edge = { from, to, kind, count: 0, rate: 0, keys: NO_KEYS };
      edges.set(other, edge);
      this.edges.push(edge);
      from.isConnected = true;
      to.isConnected = true;
    }
    edge.count++;
    edge.rate += rate;
    if (key !== undefined && edge.keys.length < KEYS) edge.keys = [...edge.keys, key];
  }
}

function mapOf(maps: Map<GraphNode, Map<GraphNode, GraphEdge>>, hub: GraphNode): Map<GraphNode, GraphEdge> {
  let map = maps.get(hub);
  if (map === undefined) {
    map = new Map();
    maps.set(hub, map);
  }
  return map;
}
