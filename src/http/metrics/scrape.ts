import type { Exchange } from '../../broker/exchange/exchange.ts';
import type { Queue } from '../../broker/queue/queue.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import type { OpenConnection } from '../../server/amqp-server.ts';
import type { Totals } from '../../server/statistics/columns.ts';
import type { MessageTotals } from '../../server/statistics/message-totals.ts';
import type { ManagementContext } from '../management-context.ts';
import { channelsOf, type OpenChannel } from '../views/connection-view.ts';

/** One request for metrics: what they are read from. Sums are of one moment; what is told of each object is of when it is written. */
export class Scrape {
  readonly context: ManagementContext;
  readonly totals: Totals;
  /** Names of the virtual hosts that are asked for; undefined: all. */
  private readonly vhostNames: ReadonlySet<string> | undefined;
  private cachedMessageTotals: MessageTotals | undefined;

  private constructor(context: ManagementContext, totals: Totals, vhostNames: ReadonlySet<string> | undefined) {
    this.context = context;
    this.totals = totals;
    this.vhostNames = vhostNames;
  }

  static async begin(context: ManagementContext, vhostNames?: ReadonlySet<string>): Promise<Scrape> {
    const { broker } = await context.statistics.allTotals();
    return new Scrape(context, broker, vhostNames);
  }

  get messageTotals(): MessageTotals {
    this.cachedMessageTotals ??= this.context.statistics.messageTotals();
    return this.cachedMessageTotals;
  }

  *vhosts(): Generator<VirtualHost> {
    for (const vhost of this.context.broker.vhosts.values()) if (this.isWanted(vhost)) yield vhost;
  }

  *queues(): Generator<Queue> {
    for (const { queues } of this.vhosts()) yield* queues.values();
  }

  *exchanges(): Generator<Exchange> {
    for (const { exchanges } of this.vhosts()) yield* exchanges.values();
  }

  *connections(): Generator<OpenConnection> {
    for (const connection of this.context.amqp.openConnections()) if (this.isWanted(connection.vhost)) yield connection;
  }

  channels(): Iterable<OpenChannel> {
    return channelsOf(this.connections());
  }

  private isWanted({ name }: VirtualHost): boolean {
    return this.vhostNames?.has(name) ?? true;
  }
}
