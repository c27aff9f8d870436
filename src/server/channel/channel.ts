import type { ChannelCounts } from '../../broker/statistics/channel-counts.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { encodeMethodFrame } from '../../protocol/method-codec.ts';
import { type MethodArguments, type MethodName, methodKey } from '../../protocol/methods.ts';
import type { ChannelConnection } from './channel-connection.ts';
import { Consuming } from './consuming.ts';
import { DirectReplies } from './direct-replies.ts';
import { IncomingContent } from './incoming-content.ts';
import { PublisherConfirms } from './publisher-confirms.ts';
import { Publishing } from './publishing.ts';
import { Transaction } from './transaction.ts';

/** One of a connection's channels: publishing and consuming, and what its synchronous methods share. */
export class Channel {
  readonly number: number;
  readonly connection: ChannelConnection;
  readonly incoming: IncomingContent;
  readonly publishing: Publishing;
  readonly consuming: Consuming;
  readonly replies: DirectReplies;
  /** What an empty queue name means in methods: the queue that this channel declared last. */
  lastQueueName = '';
  private transaction: Transaction | undefined;

  constructor(number: number, connection: ChannelConnection) {
    this.number = number;
    this.connection = connection;
    this.consuming = new Consuming(number, connection);
    this.replies = new DirectReplies(number, connection, this.consuming);
    this.publishing = new Publishing(number, connection, this.replies);
    this.incoming = new IncomingContent(connection, this.publishing);
  }

  send<Name extends MethodName>(name: Name, args: MethodArguments<Name>): void {
    this.connection.output.reply(encodeMethodFrame(this.number, name, args));
  }

  /**
   * Answers once everything written so far is on disk. What comes for the channel meanwhile is put off; the connection is
   * closed if the commit fails.
   *
   * @param finish what is to be done after the answer, or when there is nobody left to get it
   */
  answerCommitted(answer: () => void, finish?: () => void): void {
    this.connection.holds.begin(this.number, answer, finish);
  }

  /** Answers once the work has ended, or with what it has failed for. What comes for the channel meanwhile is put off. */
  answerAfter(work: Promise<void>, answer: () => void): void {
    this.connection.holds.beginUntil(this.number, work, answer);
  }

  /** What has come and gone on the channel, by RabbitMQ's names. */
  get counts(): ChannelCounts {
    return { ...this.publishing.counts, ...this.consuming.counts };
  }

  /** The queue name that a method means. @throws AmqpError NOT_FOUND if it is empty and nothing was declared yet */
  queueName(given: string): string {
    if (given !== '') return given;
    if (this.lastQueueName === '') throw new AmqpError('NOT_FOUND', 'no previously declared queue');
    return this.lastQueueName;
  }

  // Confirms and transactions, of which a channel can have one or the other

  selectConfirms(): void {
    if (this.transaction !== undefined) {
      throw new AmqpError('PRECONDITION_FAILED', 'cannot switch from tx to confirm mode');
    }
    this.publishing.confirms ??= new PublisherConfirms(this.number, this.connection);
  }

  selectTransactions(): void {
    if (this.publishing.confirms !== undefined) {
      throw new AmqpError('PRECONDITION_FAILED', 'cannot switch from confirm to tx mode');
    }
    this.transaction ??= new Transaction(this.connection.store, this.connection.journal);
    this.publishing.transaction = this.consuming.transaction = this.transaction;
  }

  /**
   * Carries out the transaction and answers: at once, or when what is durable in it is on disk.
   * @throws AmqpError PRECONDITION_FAILED if a queue had no room for a message; all else is done
   */
  commit(answer: () => void): void {
    const transaction = this.requireTransaction();
    let isPartial = false;
    const isUnderWay = transaction.commit((message, queues, isMandatory) => {
      if (!this.publishing.deliverCommitted(queues, message, isMandatory)) isPartial = true;
    });
    if (isPartial) throw new AmqpError('PRECONDITION_FAILED', 'partial tx completion');
    if (isUnderWay) this.answerCommitted(answer);
    else answer();
  }

  rollback(): void {
    this.requireTransaction().rollback();
  }

  private requireTransaction(): Transaction {
    if (this.transaction === undefined) throw new AmqpError('PRECONDITION_FAILED', 'channel is not transactional');
    return this.transaction;
  }

  /**
   * Gives everything back: unconfirmed work is dropped, unacknowledged messages return to their queues, from where
   * `consuming.deliverDue` passes them on.
   * @returns when all messages have returned, if that takes longer; undefined: they have
   */
  close(): Promise<void> | undefined {
    this.publishing.close();
    this.incoming.close();
    this.replies.close();
    return this.consuming.close();
  }
}

const PUBLISH = methodKey('basic.publish');
const ACK = methodKey('basic.ack');
const ACK_PAYLOAD_OCTETS = 13;

/**
 * The two methods that come with every message skip the generic decoder; returns false if it is neither.
 * @param key class and method id
 */
export function handleHotMethod(channel: Channel, key: number, octets: Buffer, start: number, end: number): boolean {
  if (key === PUBLISH) {
    channel.incoming.begin(octets, start, end);
    return true;
  }
  if (key === ACK && end - start === ACK_PAYLOAD_OCTETS) {
    const high = octets.readUInt32BE(start + 4);
    if (high >= 0x200000) return false; // beyond 2^53, where a number would print wrongly
    const tag = high * 0x100000000 + octets.readUInt32BE(start + 8);
    channel.consuming.ack(tag, (octets[start + 12]! & 1) !== 0);
    return true;
  }
  return false;
}
