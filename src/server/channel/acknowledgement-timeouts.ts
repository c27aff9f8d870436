import { AmqpError } from '../../protocol/amqp-error.ts';
import type { Channel } from './channel.ts';
import type { ChannelConnection } from './channel-connection.ts';

/** Channels are looked at so often within the shortest limit: what is overdue is noticed late by a part of it. */
const LOOKS = 16;
/** Where the limit is long, so often all the same. */
const MAX_INTERVAL_MS = 60_000;

export interface OverdueChannel {
  readonly channel: Channel;
  /** Why it is to be closed. */
  readonly error: AmqpError;
}

const NONE: readonly OverdueChannel[] = [];

/** Looks for deliveries on a connection's channels that consumers have not acknowledged in time. */
export class AcknowledgementTimeouts {
  private readonly connection: Pick<ChannelConnection, 'consumerTimeoutMs' | 'vhost'>;
  private lastLookMs = Number.NEGATIVE_INFINITY;

  constructor(connection: Pick<ChannelConnection, 'consumerTimeoutMs' | 'vhost'>) {
    this.connection = connection;
  }

  /** Called by the server's clock, at least as often as there is something to look for. */
  look(nowMs: number, channels: Iterable<Channel>): readonly OverdueChannel[] {
    const { shortestMs } = this;
    if (nowMs - this.lastLookMs < Math.min(shortestMs / LOOKS, MAX_INTERVAL_MS)) return NONE;
    this.lastLookMs = nowMs;
    if (shortestMs === Number.POSITIVE_INFINITY) return NONE;
    const overdue: OverdueChannel[] = [];
    for (const channel of channels) {
      const timeoutMs = channel.consuming.exceededTimeoutMs(nowMs, shortestMs);
      if (timeoutMs !== undefined) overdue.push({ channel, error: timedOut(channel.number, timeoutMs) });
    }
    return overdue;
  }

  /** No delivery has a shorter limit. Infinity: none has any. */
  private get shortestMs(): number {
    const { consumerTimeoutMs, vhost } = this.connection;
    const ofQueues = vhost.consumerTimeouts.shortestMs;
    return consumerTimeoutMs === 0 ? ofQueues : Math.min(consumerTimeoutMs, ofQueues);
  }
}

function timedOut(channel: number, timeoutMs: number): AmqpError {
  const text =
    `delivery acknowledgement on channel ${channel} timed out. Timeout value used: ${timeoutMs} ms. ` +
    'This timeout value can be configured, see consumers doc guide to learn more';
  return new AmqpError('PRECONDITION_FAILED', text, { blamesMethod: false });
}
