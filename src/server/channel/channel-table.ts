import { AmqpError } from '../../protocol/amqp-error.ts';
import { encodeMethodFrame } from '../../protocol/method-codec.ts';
import type { MethodName } from '../../protocol/methods.ts';
import type { UserShare } from '../accounts/user-limits.ts';
import { AcknowledgementTimeouts, type OverdueChannel } from './acknowledgement-timeouts.ts';
import { Channel } from './channel.ts';
import type { ChannelConnection } from './channel-connection.ts';

/**
 * A connection's channels by number. A channel that the server closed stays known until the client's close-ok, and
 * everything else on it is discarded until then (AMQP 0-9-1, section 1.5.2.5).
 */
export class ChannelTable {
  /** How many may be open at a time; any numbers will do. */
  max = 0;
  /** What the user has open; set when the connection is. */
  share!: UserShare;
  private readonly connection: ChannelConnection;
  private readonly channels = new Map<number, Channel>();
  private readonly closing = new Set<number>();
  /** Of closed channels with very many messages: ends when these have returned to their queues. */
  private readonly returning = new Set<Promise<void>>();
  private readonly timeouts: AcknowledgementTimeouts;
  /** The channel that was asked for last: most frames are for the same one as the frame before. */
  private last: Channel | undefined;

  constructor(connection: ChannelConnection) {
    this.connection = connection;
    this.timeouts = new AcknowledgementTimeouts(connection);
  }

  /** The open channel of that number, if there is one. */
  open(number: number): Channel | undefined {
    if (this.last?.number === number) return this.last;
    const channel = this.channels.get(number);
    if (channel !== undefined) this.last = channel;
    return channel;
  }

  /** Those that are open. */
  values(): Iterable<Channel> {
    return this.channels.values();
  }

  isClosing(number: number): boolean {
    return this.closing.has(number);
  }

  /** Channels that are to be closed, because consumers have not acknowledged in time. */
  overdue(nowMs: number): readonly OverdueChannel[] {
    return this.timeouts.look(nowMs, this.channels.values());
  }

  /** channel.open. @throws AmqpError CHANNEL_ERROR, NOT_ALLOWED, RESOURCE_ERROR */
  add(number: number): void {
    if (this.closing.has(number)) throw new AmqpError('CHANNEL_ERROR', "second 'channel.open' seen");
    if (this.channels.size >= this.max) {
      const text = `number of channels opened (${this.channels.size}) has reached the negotiated channel_max (${this.max})`;
      throw new AmqpError('NOT_ALLOWED', text, { blamesMethod: false });
    }
    this.connection.vhost.heap.requireRoomForClients();
    this.share.addChannel();
    this.connection.vhost.counters.channelsOpened++;
    const channel = new Channel(number, this.connection);
    this.channels.set(number, channel);
    this.tell('channel.created', channel);
    channel.send('channel.open-ok', {});
  }

  /** A method on a channel that the server has closed; returns false if it has not. */
  handleWhileClosing(number: number, name: MethodName): boolean {
    if (!this.closing.has(number)) return false;
    if (name === 'channel.close-ok') this.closing.delete(number);
    if (name === 'channel.close') this.connection.output.reply(encodeMethodFrame(number, 'channel.close-ok', {}));
    return true;
  }

  /** channel.close from the client. */
  closedByClient(channel: Channel): void {
    this.connection.pending.writeConfirms();
    this.remove(channel);
    channel.send('channel.close-ok', {});
  }

  /** Closes the channel because of an error on it. @param method class and method id that caused it */
  close(channel: Channel, error: AmqpError, method: number): void {
    this.connection.pending.writeConfirms();
    this.remove(channel);
    this.closing.add(channel.number);
    channel.send('channel.close', error.closeArguments(method));
    this.connection.holds.drop(channel.number);
  }

  /**
   * Closes all channels without a word, because the connection ends. All consumers go before any message returns, so
   * that none is handed to another channel of the same connection; and all messages have returned before any is passed
   * on, so that they keep their order.
   */
  closeAll(): void {
    const channels = [...this.channels.values()];
    if (channels.length > 0) this.share.removeChannels(channels.length);
    this.channels.clear();
    this.connection.holds.dropAll();
    this.last = undefined;
    for (const channel of channels) channel.consuming.cancelAll();
    for (const channel of channels) this.closed(channel);
    for (const channel of channels) channel.consuming.deliverDue();
    for (const channel of channels) this.tell('channel.closed', channel);
  }

  private remove(channel: Channel): void {
    this.channels.delete(channel.number);
    this.share.removeChannels(1);
    this.last = undefined;
    this.closed(channel);
    channel.consuming.deliverDue();
    this.tell('channel.closed', channel);
  }

  private tell(event: 'channel.created' | 'channel.closed', { number }: Channel): void {
    const { name: connection, user, vhost } = this.connection;
    const facts = { connection, number, user: user.name, vhost: vhost.name };
    vhost.events.by(user.name, () => vhost.events.emit(event, facts));
  }

  private closed(channel: Channel): void {
    const { confirms } = channel.publishing;
    this.connection.vhost.counters.channelClosed(channel.counts, confirms?.publishedCount ?? 0);
    const returned = channel.close();
    if (returned === undefined) return;
    const { log } = this.connection;
    const logged = returned.catch((error: unknown) =>
      log.error({ err: error }, 'messages of a closed channel did not return'),
    );
    this.returning.add(logged);
    void logged.then(() => this.returning.delete(logged));
  }

  /** Ends when all messages of closed channels have returned to their queues; undefined: they have. */
  get allReturned(): Promise<unknown> | undefined {
    return this.returning.size === 0 ? undefined : Promise.all(this.returning);
  }
}
