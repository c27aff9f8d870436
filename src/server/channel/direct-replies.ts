import { REPLY_TO, type ReplyConsumer } from '../../broker/reply-consumers.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import type { Message } from '../../protocol/message.ts';
import { deliveryPrefix, writeDelivery } from '../socket/content-writer.ts';
import type { ChannelConnection } from './channel-connection.ts';
import type { Consuming } from './consuming.ts';
import { generatedName } from './generated-name.ts';

/** A reply to a client that has left more than this unread is dropped: no queue could keep it. */
const UNREAD_LIMIT_OCTETS = 64 * 1024 * 1024;

interface Subscription {
  readonly tag: string;
  readonly name: string;
  readonly prefix: Buffer;
}

/** A channel's consumer of `amq.rabbitmq.reply-to`, of which it can have one. Replies come without acknowledgements. */
export class DirectReplies implements ReplyConsumer {
  private readonly number: number;
  private readonly connection: ChannelConnection;
  private readonly consuming: Consuming;
  private subscription: Subscription | undefined;
  private hasDropped = false;

  constructor(number: number, connection: ChannelConnection, consuming: Consuming) {
    this.number = number;
    this.connection = connection;
    this.consuming = consuming;
  }

  /** What the requests of this channel carry as reply-to. @throws AmqpError PRECONDITION_FAILED if nobody consumes replies */
  get name(): string {
    if (this.subscription === undefined) {
      throw new AmqpError('PRECONDITION_FAILED', 'fast reply consumer does not exist');
    }
    return this.subscription.name;
  }

  /** @throws AmqpError PRECONDITION_FAILED */
  consume(tag: string, noAck: boolean): void {
    if (!noAck) throw new AmqpError('PRECONDITION_FAILED', 'reply consumer cannot acknowledge');
    if (this.subscription !== undefined) throw new AmqpError('PRECONDITION_FAILED', 'reply consumer already set');
    const name = generatedName(`${REPLY_TO}.`);
    this.subscription = { tag, name, prefix: deliveryPrefix(this.number, tag) };
    this.connection.vhost.replyConsumers.add(name, this);
  }

  /** Ends the consumer if that is its tag; returns whether it was. */
  cancel(tag: string): boolean {
    if (this.subscription?.tag !== tag) return false;
    this.close();
    return true;
  }

  close(): void {
    if (this.subscription === undefined) return;
    this.connection.vhost.replyConsumers.remove(this.subscription.name);
    this.subscription = undefined;
  }

  deliverReply(message: Message): void {
    const { output, maxPayloadOctets, log } = this.connection;
    if (output.unreadOctets > UNREAD_LIMIT_OCTETS) {
      if (!this.hasDropped)
        log.warn({ channel: this.number }, 'the client does not read its replies; they are dropped');
      this.hasDropped = true;
      return;
    }
    const { prefix } = this.subscription!;
    const tag = this.consuming.nextDeliveryTag;
    writeDelivery(output, this.number, prefix, tag, false, message, maxPayloadOctets);
    output.countReply(message.bodySize);
  }
}
