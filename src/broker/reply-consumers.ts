import type { Message } from '../protocol/message.ts';

/** What a client consumes to get replies on its channel, and puts into the reply-to property of its requests. */
export const REPLY_TO = 'amq.rabbitmq.reply-to';
const NAME_PREFIX = `${REPLY_TO}.`;

/** Takes the replies to a channel's requests. */
export interface ReplyConsumer {
  /** Sends the reply on; nobody keeps it. */
  deliverReply(message: Message): void;
}

/**
 * Who in a virtual host waits for replies, by the names that their requests carry (RabbitMQ's direct reply-to). A reply
 * is a message to the default exchange with such a name as its routing key; it goes through no queue. Names are never
 * used again, and nobody can guess one.
 */
export class ReplyConsumers {
  private readonly byName = new Map<string, ReplyConsumer>();

  has(name: string): boolean {
    return this.byName.has(name);
  }

  add(name: string, consumer: ReplyConsumer): void {
    this.byName.set(name, consumer);
  }

  remove(name: string): void {
    this.byName.delete(name);
  }

  /** Delivers the message to those of the names that somebody waits under, once to each. */
  deliver(names: readonly string[], message: Message): void {
    if (this.byName.size === 0) return;
    for (const name of new Set(names)) this.byName.get(name)?.deliverReply(message);
  }
}

/** Whether somebody may wait for replies under that name. */
export function namesReplies(name: string): boolean {
  return name.startsWith(NAME_PREFIX);
}
