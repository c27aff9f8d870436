import { waitingCount } from '../../broker/queue/waiting-messages.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import { Histogram } from '../../observe/histogram.ts';
import type { TimeSlices } from '../../time/time-slices.ts';
import type { OpenConnection } from '../amqp-server.ts';
import type { ServerContext } from '../context/server-context.ts';
import { CHANNEL_COLUMNS, CHANNEL_NAMES, GROWING_TOTALS, TOTAL_NAMES, type TotalName, type Totals } from './columns.ts';
import { addMessageTotals, addMessageTotalsOf, type MessageTotals, noMessageTotals } from './message-totals.ts';

function noTotals(): Totals {
  return Object.fromEntries(TOTAL_NAMES.map((name) => [name, 0])) as Totals;
}

function addTo(sum: Totals, more: Totals, names: readonly TotalName[]): void {
  for (const name of names) sum[name] += more[name];
}

/** The sums of the whole broker and of each virtual host. */
export interface AllTotals {
  readonly broker: Totals;
  readonly vhosts: ReadonlyMap<VirtualHost, Totals>;
}

/** What is told of queues, of which there may be very many. */
interface QueueTotals {
  ready: number;
  unacknowledged: number;
  consumers: number;
}

/**
 * Adds up what there is, and what there was. Queues are gone through in slices; all the rest is done in one go, which takes some
 * milliseconds for thousands of channels: what closes in between would be missed, and what only grows must not seem to
 * shrink.
 */
export class TotalsReader {
  private readonly context: Pick<ServerContext, 'vhosts' | 'durable'>;
  private readonly connections: () => Iterable<OpenConnection>;
  /** Of virtual hosts that were deleted. */
  private readonly deleted = noTotals();
  private readonly deletedMessages = noMessageTotals();
  private readonly channelRow = new Float64Array(CHANNEL_COLUMNS.names.length);

  /** To be made after whoever closes the connections of virtual hosts that are deleted: their last numbers count, too. */
  constructor(context: Pick<ServerContext, 'vhosts' | 'durable'>, connections: () => Iterable<OpenConnection>) {
    this.context = context;
    this.connections = connections;
    context.vhosts.onDeleted((vhost) => {
      addTo(this.deleted, this.ofVhost(vhost), GROWING_TOTALS);
      addMessageTotals(this.deletedMessages, vhost);
    });
  }

  /** Nothing, as it was before anything was read. */
  static nothing(): AllTotals {
    return { broker: noTotals(), vhosts: new Map() };
  }

  async read(slices: TimeSlices): Promise<AllTotals> {
    const queues = new Map<VirtualHost, QueueTotals>();
    for (const vhost of [...this.context.vhosts.all()]) queues.set(vhost, await queueTotals(vhost, slices));
    return this.withQueues(queues);
  }

  private withQueues(queues: ReadonlyMap<VirtualHost, QueueTotals>): AllTotals {
    const vhosts = new Map<VirtualHost, Totals>();
    for (const vhost of this.context.vhosts.all()) vhosts.set(vhost, this.ofVhost(vhost, queues.get(vhost)));
    for (const connection of this.connections()) this.addConnection(connection, vhosts.get(connection.vhost));
    const broker = { ...this.deleted };
    for (const totals of vhosts.values()) addTo(broker, totals, TOTAL_NAMES);
    broker.disk_writes = this.context.durable?.messages.store.appendedCount ?? 0;
    return { broker, vhosts };
  }

  /** Without its connections and channels that are open. @param ofQueues undefined: nobody asks for what is in it now */
  private ofVhost(vhost: VirtualHost, ofQueues?: QueueTotals): Totals {
    const { counters, queues, exchanges } = vhost;
    const { closedChannels } = counters;
    const totals = { ...noTotals(), ...closedChannels };
    totals.deliver_get =
      closedChannels.deliver + closedChannels.deliver_no_ack + closedChannels.get + closedChannels.get_no_ack;
    totals.recv_oct = counters.receivedOctetsOfClosed;
    totals.send_oct = counters.sentOctetsOfClosed;
    totals.connection_created = counters.connectionsOpened;
    totals.connection_closed = counters.connectionsClosed;
    totals.channel_created = counters.channelsOpened;
    totals.channel_closed = counters.channelsClosed;
    totals.queue_declared = counters.queuesDeclared;
    totals.queue_created = counters.queuesCreated;
    totals.queue_deleted = counters.queuesDeleted;
    totals.queues = queues.size;
    totals.exchanges = exchanges.size;
    totals.routed = counters.routedByDeleted;
    for (const exchange of exchanges.values()) totals.routed += exchange.publishedOut;
    if (ofQueues === undefined) return totals;
    const { ready, unacknowledged, consumers } = ofQueues;
    return Object.assign(totals, {
      messages: ready + unacknowledged,
      messages_ready: ready,
      messages_unacknowledged: unacknowledged,
      consumers,
    });
  }

  private addConnection({ details, openChannels, state }: OpenConnection, totals: Totals | undefined): void {
    if (totals === undefined || state === 'closing') return; // it has left already
    totals.connections++;
    totals.recv_oct += details.receivedOctets;
    totals.send_oct += details.sentOctets;
    for (const channel of openChannels) {
      CHANNEL_COLUMNS.read(channel, this.channelRow);
      CHANNEL_NAMES.forEach((name, i) => {
        totals[name] += this.channelRow[i]!;
      });
      totals.channels++;
      if (this.channelRow[0]! > 0) totals.publishers++;
    }
  }

  /** What has become of messages in the whole broker, by types of queues. */
  messageTotals(): MessageTotals {
    const sum = noMessageTotals();
    addMessageTotalsOf(sum, this.deletedMessages);
    for (const vhost of this.context.vhosts.all()) addMessageTotals(sum, vhost);
    for (const { openChannels, state } of this.connections()) {
      if (state === 'closing') continue; // it has left already
      for (const { publishing } of openChannels) sum.receivedToConfirm += publishing.confirms?.publishedCount ?? 0;
    }
    return sum;
  }

  /** How long messages were in the broker before they were delivered: of all virtual hosts that there are. */
  deliveryLatency(): Histogram {
    let sum: Histogram | undefined;
    for (const { counters } of this.context.vhosts.all()) {
      const { deliveryLatency } = counters;
      sum ??= new Histogram(deliveryLatency.bounds);
      sum.add(deliveryLatency);
    }
    return sum ?? new Histogram([]);
  }
}

async function queueTotals({ queues }: VirtualHost, slices: TimeSlices): Promise<QueueTotals> {
  const totals = { ready: 0, unacknowledged: 0, consumers: 0 };
  for (const queue of queues.values()) {
    totals.ready += waitingCount(queue);
    totals.unacknowledged += queue.unackedCount;
    totals.consumers += queue.consumerCount;
    if (slices.isOver) await slices.next();
  }
  return totals;
}
