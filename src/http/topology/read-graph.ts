import type { Exchange } from '../../broker/exchange/exchange.ts';
import { predeclaredExchanges } from '../../broker/predeclared-exchanges.ts';
import type { Queue } from '../../broker/queue/queue.ts';
import { alternateOf } from '../../broker/router.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import type { OpenConnection } from '../../server/amqp-server.ts';
import type { Channel } from '../../server/channel.ts';
import type { Numbers } from '../../server/statistics/message-stats.ts';
import type { Statistics } from '../../server/statistics/statistics.ts';
import { TimeSlices } from '../../time/time-slices.ts';
import { Graph, type NodeKind, nodeId } from './graph.ts';

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
  private readonly statistics: Statistics;
  private readonly slices = new TimeSlices();

  constructor(statistics: Statistics) {
    this.statistics = statistics;
  }

  async addVhost({ name, queues, exchanges }: VirtualHost): Promise<void> {
    const predeclared = new Set(['', ...predeclaredExchanges(name).map((each) => each.name)]);
    for (const queue of queues.values()) {
      this.addQueue(queue);
      if (this.slices.isOver) await this.slices.next();
    }
    for (const exchange of exchanges.values()) {
      this.addExchange(exchange, predeclared.has(exchange.name));
      for (const { destination, routingKey } of exchange.bindings) {
        const to = nodeId(destination.kind, name, destination.name);
        this.graph.addEdge({ from: nodeId('exchange', name, exchange.name), to, kind: 'binding' }, 0, routingKey);
        if (this.slices.isOver) await this.slices.next();
      }
      const alternate = alternateOf(exchange, exchanges);
      if (alternate === undefined) continue;
      const [from, to] = [exchange, alternate].map((end) => nodeId('exchange', name, end.name)) as [string, string];
      this.graph.addEdge({ from, to, kind: 'alternate' });
    }
  }

  private addQueue(queue: Queue): void {
    const { vhost, name, isPaused } = queue;
    const numbers = this.statistics.ofQueue(queue);
    this.graph.addNode({
      id: nodeId('queue', vhost, name),
      kind: 'queue',
      vhost,
      name,
      in: rateOf(numbers, 'publish'),
      out: rateOf(numbers, 'deliver_get'),
      messages: queue.readyCount + queue.delayedCount + queue.unackedCount,
      note: isPaused ? 'paused' : '',
      isPredeclared: false,
    });
  }

  private addExchange(exchange: Exchange, isPredeclared: boolean): void {
    const { vhost, name, properties, features } = exchange;
    const numbers = this.statistics.ofExchange(exchange);
    this.graph.addNode({
      id: nodeId('exchange', vhost, name),
      kind: 'exchange',
      vhost,
      name,
      in: rateOf(numbers, 'publish_in'),
      out: rateOf(numbers, 'publish_out'),
      messages: features?.delayed?.count ?? 0,
      note: properties.type,
      isPredeclared,
    });
  }

  async addConnection(connection: OpenConnection): Promise<void> {
    let [published, delivered] = [0, 0];
    const roles = new Set<NodeKind>();
    for (const channel of connection.openChannels) {
      const numbers = this.statistics.ofChannel(channel);
      const [publishing, delivering] = [rateOf(numbers, 'publish'), rateOf(numbers, 'deliver_get')];
      published += publishing;
      delivered += delivering;
      if (this.addPublishing(connection, channel, publishing)) roles.add('producer');
      if (this.addConsuming(connection, channel, delivering)) roles.add('consumer');
      if (this.slices.isOver) await this.slices.next();
    }
    const facts = { vhost: connection.vhost.name, name: connection.name, messages: 0, isPredeclared: false } as const;
    const note = labelOf(connection);
    for (const kind of roles) {
      const id = nodeId(kind, facts.vhost, facts.name);
      const isProducer = kind === 'producer';
      this.graph.addNode({ ...facts, id, kind, note, in: isProducer ? 0 : delivered, out: isProducer ? published : 0 });
    }
  }

  /** What a channel published last, it goes on to publish: counting for each exchange would slow all messages down. */
  private addPublishing({ vhost, name }: OpenConnection, channel: Channel, rate: number): boolean {
    const { lastRoute } = channel.publishing;
    if (lastRoute === undefined || !vhost.exchanges.has(lastRoute.exchange.name)) return false;
    const exchange = nodeId('exchange', vhost.name, lastRoute.exchange.name);
    this.graph.addEdge({ from: nodeId('producer', vhost.name, name), to: exchange, kind: 'publish' }, rate);
    if (lastRoute.exchange.name !== '') return true;
    for (const queue of lastRoute.queues) {
      if (vhost.queues.get(queue.name) !== queue) continue;
      this.graph.addEdge(
        { from: exchange, to: nodeId('queue', vhost.name, queue.name), kind: 'binding' },
        0,
        queue.name,
      );
    }
    return true;
  }

  /** The channel's deliveries are shared out evenly among its consumers. */
  private addConsuming({ vhost, name }: OpenConnection, { consuming }: Channel, rate: number): boolean {
    const consumers = [...consuming.consumers];
    for (const { queue } of consumers) {
      const [from, to] = [nodeId('queue', vhost.name, queue.name), nodeId('consumer', vhost.name, name)];
      this.graph.addEdge({ from, to, kind: 'consume' }, rate / consumers.length);
    }
    return consumers.length > 0;
  }
}

function rateOf({ names, history, lastMs }: Numbers, name: string): number {
  return history.rate(names.indexOf(name), lastMs);
}

/** What the client calls its connection, else where it is from. */
function labelOf({ details, user }: OpenConnection): string {
  const given = details.agreement.clientProperties.get('connection_name')?.value;
  return typeof given === 'string' && given !== '' ? given : `${user.name}@${details.peerHost}:${details.peerPort}`;
}
