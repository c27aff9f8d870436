import { Histogram } from '../../observe/histogram.ts';
import type { Removal } from '../definitions-journal.ts';
import { DeadLetterCounts } from '../queue/dead-letter-counts.ts';
import { QueueCounters } from '../queue/queue-counters.ts';
import { CHANNEL_COUNTS, type ChannelCount, type ChannelCounts } from './channel-counts.ts';

/** In milliseconds, as fine as the time is that messages came at. */
const LATENCY_BOUNDS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 60_000];

/** What has happened in a virtual host since the broker was started, and of what is gone since: whoever is still there counts for himself. */
export class VirtualHostCounters {
  /** Of channels that are closed. */
  readonly closedChannels: Record<ChannelCount, number>;
  /** How many messages came on closed channels that were to be confirmed. */
  receivedToConfirmOfClosed = 0;
  /** Of queues that are deleted. */
  readonly deletedQueues = { classic: new QueueCounters(), quorum: new QueueCounters() };
  readonly deadLetters = new DeadLetterCounts();
  /** Of exchanges that are deleted: to how many queues they have passed messages on, one for each queue of a message. */
  routedByDeleted = 0;
  /** Octets of connections that are closed, from clients and to them. */
  receivedOctetsOfClosed = 0;
  sentOctetsOfClosed = 0;
  connectionsOpened = 0;
  connectionsClosed = 0;
  channelsOpened = 0;
  channelsClosed = 0;
  /** How often a queue was declared, there already or not. */
  queuesDeclared = 0;
  queuesCreated = 0;
  queuesDeleted = 0;

  /** Of some deliveries: how long after the message came. */
  readonly deliveryLatency = new Histogram(LATENCY_BOUNDS);

  constructor() {
    this.closedChannels = Object.fromEntries(CHANNEL_COUNTS.map((name) => [name, 0])) as Record<ChannelCount, number>;
  }

  removed({ exchanges, queues }: Removal): void {
    for (const { publishedOut } of exchanges) this.routedByDeleted += publishedOut;
    this.queuesDeleted += queues.length;
    for (const { settings, counters } of queues)
      this.deletedQueues[settings.isQuorum ? 'quorum' : 'classic'].add(counters);
  }

  channelClosed(counts: ChannelCounts, receivedToConfirm: number): void {
    this.receivedToConfirmOfClosed += receivedToConfirm;
    this.channelsClosed++;
    for (const name of CHANNEL_COUNTS) this.closedChannels[name] += counts[name];
  }

  connectionClosed(receivedOctets: number, sentOctets: number): void {
    this.connectionsClosed++;
    this.receivedOctetsOfClosed += receivedOctets;
    this.sentOctetsOfClosed += sentOctets;
  }
}
