import type { Destination } from '../../broker/binding.ts';
import type { Exchange } from '../../broker/exchange/exchange.ts';
import { predeclaredExchanges } from '../../broker/predeclared-exchanges.ts';
import type { Queue } from '../../broker/queue/queue.ts';
import { waitingCount } from '../../broker/queue/waiting-messages.ts';
import { alternateOf } from '../../broker/routing/router.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import type { OpenConnection } from '../../server/amqp-server.ts';
import type { Channel } from '../../server/channel/channel.ts';
import type { Numbers } from '../../server/statistics/message-stats.ts';
import type { Statistics } from '../../server/statistics/statistics.ts';
import { TimeSlices } from '../../time/time-slices.ts';
import { type EdgeKind, Graph, type GraphNode } from './graph.ts';

/** All that messages pass through in the virtual hosts, with what is known of the traffic; made in slices. */
export async function readGraph(
  vhosts: readonly VirtualHost[],
  connections: Iterable<OpenConnection>,
  statistics: Statistics,
): Promise<Graph> {
  const reader = new GraphReader(statistics);
  for (const vhost of vhosts) await reader.addVhost(vhost);
  for (const connection of connections) {
    if (vhosts.includes(connection.vhost)) await reader.addConnection(connection);
  }
  return reader.graph;
}

class GraphReader {
  readonly graph = new Graph();
  /** Of queues and exchanges. */
  private readonly nodes = new Map<object, GraphNode>();
  private readonly statistics: Statistics;
  private readonly slices = new TimeSlices();

  constructor(statistics: Statistics) {
    this.statistics = statistics;
  }

  async addVhost(vhost: VirtualHost): Promise<void> {
    const { name, queues, exchanges } = vhost;
    const predeclared = new Set(['', ...predeclaredExchanges(name).map((each) => each.name)]);
    for (const exchange of exchanges.values()) {
      this.addExchange(exchange, predeclared.has(exchange.name));
      if (this.slices.isOver) await this.slices.next();
    }
    for (const queue of queues.values()) {
      this.addQueue(queue);
      if (this.slices.isOver) await this.slices.next();
    }
    for (const exchange of exchanges.values()) {
      for (const { destination, routingKey } of exchange.bindings) {
        this.connect(exchange, destination, 'binding', routingKey);
        if (this.slices.isOver) await this.slices.next();
      }
      const alternate = alternateOf(exchange, exchanges);
      if (alternate !== undefined) this.connect(exchange, alternate, 'alternate');
    }
    for (const queue of queues.values()) {
      this.addDeadLetters(queue, vhost);
      if (this.slices.isOver) await this.slices.next();
    }
  }

  private addQueue(queue: Queue): void {
    const { vhost, name, isPaused } = queue;
    const numbers = this.statistics.ofQueue(queue);
    const node = this.graph.addNode({
      kind: 'queue',
      vhost,
      name,
      in: rateOf(numbers, 'publish'),
      out: rateOf(numbers, 'deliver_get'),
      messages: waitingCount(queue) + queue.unackedCount,
      note: isPaused ? 'paused' : '',
      isPredeclared: false,
      isConnected: false,
    });
    this.nodes.set(queue, node);
  }

  private addExchange(exchange: Exchange, isPredeclared: boolean): void {
    const { vhost, name, properties, features } = exchange;
    const numbers = this.statistics.ofExchange(exchange);
    const node = this.graph.addNode({
      kind: 'exchange',
      vhost,
      name,
      in: rateOf(numbers, 'publish_in'),
      out: rateOf(numbers, 'publish_out'),
      messages: features?.delayed?.count ?? 0,
      note: properties.type,
      isPredeclared,
      isConnected: false,
    });
    this.nodes.set(exchange, node);
  }

  /** Where the queue's dead letters go, whoever said so. The default exchange leads on to the queue that the key names. */
  private addDeadLetters(queue: Queue, { queues, exchanges }: VirtualHost): void {
    const { deadLetterExchange, deadLetterRoutingKey } = queue.settings;
    const exchange = deadLetterExchange === undefined ? undefined : exchanges.get(deadLetterExchange);
    if (exchange === undefined) return;
    this.connect(queue, exchange, 'dead-letter', deadLetterRoutingKey);
    if (exchange.name !== '' || deadLetterRoutingKey === undefined) return;
    const next = queues.get(deadLetterRoutingKey);
    if (next !== undefined) this.connect(exchange, next, 'binding', deadLetterRoutingKey);
  }

  /** What was declared while this is made is left out. */
  private connect(source: Destination, destination: Destination, kind: EdgeKind, key?: string): void {
    const [from, to] = [this.nodes.get(source), this.nodes.get(destination)];
    if (from !== undefined && to !== undefined) this.graph.addEdge({ from, to, kind }, 0, key);
  }

  async addConnection(connection: OpenConnection): Promise<void> {
    const { producer, consumer } = peersOf(connection);
    for (const channel of connection.openChannels) {
      const numbers = this.statistics.ofChannel(channel);
      const [published, delivered] = [rateOf(numbers, 'publish'), rateOf(numbers, 'deliver_get')];
      this.addPublishing(producer, channel, published);
      this.addConsuming(consumer, channel, delivered);
      if (this.slices.isOver) await this.slices.next();
    }
    for (const peer of [producer, consumer]) if (peer.isConnected) this.graph.addNode(peer);
  }

  /** What a channel published last, it goes on to publish: counting for each exchange would slow all messages down. */
  private addPublishing(producer: GraphNode, { publishing: { lastRoute } }: Channel, rate: number): void {
    if (lastRoute === undefined) return;
    const { exchange, queues } = lastRoute;
    const to = this.nodes.get(exchange);
    if (to === undefined) return;
    producer.out += rate;
    this.graph.addEdge({ from: producer, to, kind: 'publish' }, rate);
    if (exchange.name !== '') return;
    for (const queue of queues) if (queue.kind === 'queue') this.connect(exchange, queue, 'binding', queue.name);
  }

  /** The channel's deliveries are shared out evenly among its consumers. */
  private addConsuming(consumer: GraphNode, { consuming }: Channel, rate: number): void {
    const consumers = [...consuming.consumers];
    for (const { queue } of consumers) {
      const from = this.nodes.get(queue);
      if (from === undefined) continue;
      consumer.in += rate / consumers.length;
      this.graph.addEdge({ from, to: consumer, kind: 'consume' }, rate / consumers.length);
    }
  }
}

/** What a connection is where messages begin and where they end; in the graph only with an edge. */
function peersOf(connection: OpenConnection): { readonly producer: GraphNode; readonly consumer: GraphNode } {
  const { vhost, name } = connection;
  const note = labelOf(connection);
  const facts = { vhost: vhost.name, name, note, in: 0, out: 0, messages: 0, isPredeclared: false, isConnected: false };
  return { producer: { ...facts, kind: 'producer' }, consumer: { ...facts, kind: 'consumer' } };
}

function rateOf({ names, history, lastMs }: Numbers, name: string): number {
  return history.rate(names.indexOf(name), lastMs);
}

/** What the client calls its connection, else where it is from. */
function labelOf({ details, user }: OpenConnection): string {
  const given = details.agreement.clientProperties.get('connection_name')?.value;
  return typeof given === 'string' && given !== '' ? given : `${user.name}@${details.peerHost}:${details.peerPort}`;
}
