import type { Exchange } from '../../broker/exchange/exchange.ts';
import type { Queue } from '../../broker/queue/queue.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import type { Histogram } from '../../observe/histogram.ts';
import { HistoryMemory, type Retention } from '../../observe/history.ts';
import { Tracked } from '../../observe/tracked.ts';
import { TimeSlices } from '../../time/time-slices.ts';
import type { OpenConnection } from '../amqp-server.ts';
import type { Channel } from '../channel/channel.ts';
import type { ServerContext } from '../context/server-context.ts';
import {
  CHANNEL_COLUMNS,
  CONNECTION_COLUMNS,
  EXCHANGE_COLUMNS,
  QUEUE_COLUMNS,
  TOTAL_COLUMNS,
  type Totals,
} from './columns.ts';
import type { Numbers } from './message-stats.ts';
import type { MessageTotals } from './message-totals.ts';
import { NODE_COLUMNS } from './node-columns.ts';
import { type AllTotals, TotalsReader } from './totals.ts';

/** What queues and virtual hosts remember beyond the last minute, all of them together. */
const MEMORY_OCTETS = 48 * 1024 * 1024;
const MINUTE_MS = 60_000;
/** RabbitMQ's retention policies: global, basic and detailed. */
const HOURS: readonly Retention[] = [
  { intervalMs: MINUTE_MS, spanMs: 61 * MINUTE_MS },
  { intervalMs: 10 * MINUTE_MS, spanMs: 490 * MINUTE_MS },
  { intervalMs: 30 * MINUTE_MS, spanMs: 1440 * MINUTE_MS },
];

/** What the numbers are read from. */
type StatisticsContext = Pick<ServerContext, 'vhosts' | 'durable' | 'commit'>;

/** Stands for the broker among what has histories. */
const BROKER = {};

/**
 * What goes on in the broker, and how it has changed: of everything that there is a sample is taken every few seconds, at
 * times that are multiples of the interval. Nobody on a message's way knows of it: the numbers are there anyway.
 */
export class Statistics {
  readonly intervalMs: number;
  /** When the last samples were taken, or the first ones could have been, in milliseconds since 1970. */
  private lastMs: number;
  private readonly context: StatisticsContext;
  private readonly connections: () => Iterable<OpenConnection>;
  private readonly totalsReader: TotalsReader;
  private readonly queues: Tracked<Queue>;
  private readonly exchanges: Tracked<Exchange>;
  private readonly channels: Tracked<Channel>;
  private readonly openConnections: Tracked<OpenConnection>;
  private readonly totals: Tracked<object>;
  private readonly node: Tracked<StatisticsContext>;
  private current: AllTotals = TotalsReader.nothing();
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  /** @param intervalMs how often samples are taken */
  constructor(context: StatisticsContext, connections: () => Iterable<OpenConnection>, intervalMs: number) {
    this.context = context;
    this.connections = connections;
    this.intervalMs = intervalMs;
    this.lastMs = Math.floor(Date.now() / intervalMs) * intervalMs;
    this.totalsReader = new TotalsReader(context, connections);
    const memory = new HistoryMemory(MEMORY_OCTETS);
    const seconds = { intervalMs, spanMs: 121 * intervalMs };
    const latest = [{ intervalMs, spanMs: intervalMs }];
    this.queues = new Tracked(QUEUE_COLUMNS, [seconds, ...HOURS.slice(0, 1)], memory);
    this.exchanges = new Tracked(EXCHANGE_COLUMNS, latest, memory);
    this.channels = new Tracked(CHANNEL_COLUMNS, latest, memory);
    this.openConnections = new Tracked(CONNECTION_COLUMNS, latest, memory);
    const columns = {
      names: TOTAL_COLUMNS.names,
      read: (subject: object, into: Float64Array) => TOTAL_COLUMNS.read(this.totalsOf(subject), into),
    };
    this.totals = new Tracked<object>(columns, [seconds, ...HOURS], memory);
    this.node = new Tracked(NODE_COLUMNS, [seconds, ...HOURS], memory);
  }

  private totalsOf(subject: object): Totals {
    if (subject === BROKER) return this.current.broker;
    return this.current.vhosts.get(subject as VirtualHost) ?? this.current.broker;
  }

  /** Takes samples from now on. */
  start(): void {
    const untilNextMs = this.intervalMs - (Date.now() % this.intervalMs);
    this.timer = setTimeout(() => {
      const atMs = Math.round(Date.now() / this.intervalMs) * this.intervalMs;
      void this.sample(atMs).then(() => {
        if (!this.isStopped) this.start();
      });
    }, untilNextMs).unref();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** Takes a sample of everything, in slices. @param atMs when: milliseconds since 1970, a multiple of the interval */
  async sample(atMs: number): Promise<void> {
    const slices = new TimeSlices();
    this.current = await this.totalsReader.read(slices);
    this.totals.sample(BROKER, atMs);
    this.node.sample(this.context, atMs);
    for (const vhost of this.current.vhosts.keys()) this.totals.sample(vhost, atMs);
    for (const vhost of this.context.vhosts.values()) {
      for (const queue of vhost.queues.values()) {
        this.queues.sample(queue, atMs);
        if (slices.isOver) await slices.next();
      }
      for (const exchange of vhost.exchanges.values()) {
        this.exchanges.sample(exchange, atMs);
        if (slices.isOver) await slices.next();
      }
    }
    for (const connection of this.connections()) {
      this.openConnections.sample(connection, atMs);
      for (const channel of connection.openChannels) this.channels.sample(channel, atMs);
      if (slices.isOver) await slices.next();
    }
    await forgetOthers(this.queues, atMs, slices);
    await forgetOthers(this.exchanges, atMs, slices);
    await forgetOthers(this.channels, atMs, slices);
    await forgetOthers(this.openConnections, atMs, slices);
    await forgetOthers(this.totals, atMs, slices);
    this.lastMs = atMs;
  }

  /** The sums of the whole broker and of each virtual host, as they are now. */
  async allTotals(): Promise<AllTotals> {
    this.current = await this.totalsReader.read(new TimeSlices());
    return this.current;
  }

  /** What has become of messages since the broker was started, by types of queues; see `allTotals` for the rest. */
  messageTotals(): MessageTotals {
    return this.totalsReader.messageTotals();
  }

  /** How long some messages were in the broker before they were delivered, in milliseconds. */
  deliveryLatency(): Histogram {
    return this.totalsReader.deliveryLatency();
  }

  /** The numbers of the broker; read `allTotals` before. */
  ofBroker(): Numbers {
    return this.numbers(this.totals, BROKER);
  }

  /** The same for a virtual host. */
  ofVhost(vhost: VirtualHost): Numbers {
    return this.numbers(this.totals, vhost);
  }

  /** Of the process and its disk. */
  ofNode(): Numbers {
    return this.numbers(this.node, this.context);
  }

  ofQueue(queue: Queue): Numbers {
    return this.numbers(this.queues, queue);
  }

  ofExchange(exchange: Exchange): Numbers {
    return this.numbers(this.exchanges, exchange);
  }

  ofChannel(channel: Channel): Numbers {
    return this.numbers(this.channels, channel);
  }

  ofConnection(connection: OpenConnection): Numbers {
    return this.numbers(this.openConnections, connection);
  }

  private numbers<T extends object>(tracked: Tracked<T>, object: T): Numbers {
    const { names } = tracked.columns;
    return { names, values: tracked.values(object), history: tracked.historyOf(object), lastMs: this.lastMs };
  }
}

/** Has objects forgotten that were not sampled at that time, because they are gone. */
async function forgetOthers<T extends object>(tracked: Tracked<T>, atMs: number, slices: TimeSlices): Promise<void> {
  for (const object of tracked.objects()) {
    tracked.forgetUnlessSampled(object, atMs);
    if (slices.isOver) await slices.next();
  }
}
