import type { Exchange } from '../../broker/exchange/exchange.ts';
import type { Queue } from '../../broker/queue/queue.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import type { OpenConnection } from '../../server/amqp-server.ts';
import type { Channel } from '../../server/channel/channel.ts';
import { CHURN, LENGTHS, OCTETS } from '../../server/statistics/columns.ts';
import { messageStats, type Numbers, withDetails } from '../../server/statistics/message-stats.ts';
import type { Statistics } from '../../server/statistics/statistics.ts';
import type { AllTotals } from '../../server/statistics/totals.ts';
import type { ApiCall } from '../api-call.ts';
import type { JsonObject } from '../listing/columns.ts';
import { readSampleRanges, type SampleRanges } from '../listing/sample-ranges.ts';

/** What the statistics say of things, as a request wants it: with the samples that it asks for. */
export class StatisticsView {
  private readonly statistics: Statistics;
  private readonly ranges: SampleRanges;

  /** @throws HttpError 400 if what is asked for makes no sense */
  constructor({ context, query }: ApiCall<unknown>) {
    this.statistics = context.statistics;
    this.ranges = readSampleRanges(query);
  }

  queue(queue: Queue): JsonObject {
    const numbers = this.statistics.ofQueue(queue);
    return { ...withDetails(numbers, LENGTHS, this.ranges.lengths), ...this.messages(numbers), ...idleSince(numbers) };
  }

  exchange(exchange: Exchange): JsonObject {
    return this.messages(this.statistics.ofExchange(exchange));
  }

  channel(channel: Channel): JsonObject {
    const numbers = this.statistics.ofChannel(channel);
    return { ...this.messages(numbers), ...idleSince(numbers) };
  }

  connection(connection: OpenConnection): JsonObject {
    return { ...withDetails(this.statistics.ofConnection(connection), OCTETS, this.ranges.octets) };
  }

  /** Of many virtual hosts, `refresh` is to be called before the first. */
  vhost(vhost: VirtualHost): JsonObject {
    const numbers = this.statistics.ofVhost(vhost);
    return {
      ...withDetails(numbers, LENGTHS, this.ranges.lengths),
      ...withDetails(numbers, OCTETS, this.ranges.octets),
      ...this.messages(numbers),
    };
  }

  /** Of the broker as a whole; `refresh` is to be called before. */
  broker(): JsonObject {
    const numbers = this.statistics.ofBroker();
    return {
      message_stats: {},
      ...this.messages(numbers),
      queue_totals: { ...withDetails(numbers, LENGTHS, this.ranges.lengths) },
      churn_rates: { ...withDetails(numbers, CHURN) },
    };
  }

  /** Of the process and its disk; `refresh` is to be called before. */
  node(): JsonObject {
    const numbers = this.statistics.ofNode();
    const ofNode = withDetails(numbers, numbers.names, this.ranges.node);
    return { ...ofNode, ...withDetails(this.statistics.ofBroker(), CHURN, this.ranges.node) };
  }

  /** Adds up what there is now. */
  refresh(): Promise<AllTotals> {
    return this.statistics.allTotals();
  }

  private messages(numbers: Numbers): JsonObject {
    const stats = messageStats(numbers, this.ranges.messages);
    return stats === undefined ? {} : { message_stats: stats };
  }
}

/** Since when nothing has changed, where there were two samples without a change. */
function idleSince({ values, history, lastMs }: Numbers): JsonObject {
  const sinceMs = history?.unchangedSinceMs(values);
  if (sinceMs === undefined || sinceMs === lastMs) return {};
  return { idle_since: new Date(sinceMs).toISOString().replace('Z', '+00:00') };
}
