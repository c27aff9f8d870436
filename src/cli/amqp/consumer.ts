import type { Writable } from 'node:stream';
import { EMPTY_TABLE } from '../../protocol/field-table.ts';
import type { Place } from '../broker-address.ts';
import { CommandError } from '../command-error.ts';
import { AmqpClient } from './amqp-client.ts';
import type { IncomingMessage } from './content.ts';

export interface ConsumerOptions {
  readonly queue: string;
  /** How many messages to take; undefined: all that come. */
  readonly count: number | undefined;
  /** How many may be unacknowledged at a time. */
  readonly prefetch: number;
  readonly exclusive: boolean;
  /** How a message is written. */
  format(message: IncomingMessage): readonly Buffer[];
}

/**
 * Writes the messages of a queue to a stream, and acknowledges each when it is written. While the stream takes no more,
 * nothing is read; so memory does not depend on how much comes.
 *
 * With a count, never more than that is taken: what the broker may send ahead ends there, because the last
 * acknowledgements are held back until all messages are written.
 */
export class Consumer {
  private readonly options: ConsumerOptions;
  private readonly output: Writable;
  private readonly prefetch: number;
  private client!: AmqpClient;
  private pieces: Buffer[] = [];
  /** Deliveries are numbered from 1 on, as their tags are. */
  private received = 0;
  private written = 0;
  private acknowledged = 0;
  private isOutputGone = false;
  private isCancelled = false;
  private isInterrupted = false;

  private constructor(output: Writable, options: ConsumerOptions) {
    const { prefetch, count = prefetch } = options;
    this.output = output;
    this.options = options;
    this.prefetch = Math.min(prefetch, count);
  }

  /**
   * Resolves when all is written, whoever reads the output has gone, or there was an interruption.
   * @throws CommandError if the broker is not there, or refuses, or the queue is deleted
   */
  static async run(
    place: Place,
    vhost: string,
    output: Writable,
    options: ConsumerOptions,
    interruption: AbortSignal,
  ): Promise<void> {
    const consumer = new Consumer(output, options);
    const client = await AmqpClient.open(place, vhost, {
      onMessage: (message) => consumer.take(message),
      onReadEnd: () => consumer.write(),
      onCancel: () => {
        consumer.isCancelled = true;
      },
    });
    consumer.client = client;
    try {
      await consumer.consume(interruption);
    } finally {
      client.end();
    }
  }

  private async consume(interruption: AbortSignal): Promise<void> {
    const { client, output } = this;
    const { queue, exclusive } = this.options;
    const goOn = () => client.resume();
    const gone = () => {
      this.isOutputGone = true;
      client.resume();
      client.wake();
    };
    const interrupt = () => {
      this.isInterrupted = true;
      client.wake();
    };
    output.on('drain', goOn).on('error', gone).on('close', gone);
    interruption.addEventListener('abort', interrupt);
    if (interruption.aborted) interrupt();
    try {
      await client.call('basic.qos', { prefetchSize: 0, prefetchCount: this.prefetch, global: false }, 'basic.qos-ok');
      const ask = {
        queue,
        consumerTag: '',
        noLocal: false,
        noAck: false,
        exclusive,
        noWait: false,
        arguments: EMPTY_TABLE,
      };
      const { consumerTag } = await client.call('basic.consume', ask, 'basic.consume-ok');
      await client.until(() => this.isOver);
      if (!this.isCancelled) await this.leave(consumerTag);
      this.acknowledge(this.written);
      await client.close();
    } finally {
      output.off('drain', goOn).off('error', gone).off('close', gone);
      interruption.removeEventListener('abort', interrupt);
    }
    if (this.isCancelled) throw new CommandError(`queue '${queue}' is gone`);
  }

  private get isOver(): boolean {
    const { isOutputGone, isCancelled, isInterrupted } = this;
    const isAllWritten = this.written === this.options.count;
    return isOutputGone || isInterrupted || isAllWritten || (isCancelled && this.written === this.received);
  }

  /** What has come is still written, and nothing more comes: also not for the last acknowledgements. */
  private async leave(consumerTag: string): Promise<void> {
    await this.client.call('basic.cancel', { consumerTag, noWait: false }, 'basic.cancel-ok');
    await this.client.until(() => this.isOutputGone || this.written === this.received);
  }

  private take(message: IncomingMessage): void {
    this.received++;
    this.pieces.push(...this.options.format(message));
  }

  /** All that came together is written together. */
  private write(): void {
    if (this.isOutputGone) this.pieces = [];
    if (this.pieces.length === 0) return;
    const octets = Buffer.concat(this.pieces);
    const upTo = this.received;
    this.pieces = [];
    const hasRoom = this.output.write(octets, (error) => {
      if (!error) this.wrote(upTo);
    });
    if (!hasRoom) this.client.pause();
  }

  private wrote(upTo: number): void {
    const { count } = this.options;
    this.written = upTo;
    this.acknowledge(count === undefined ? upTo : Math.min(upTo, count - this.prefetch));
    this.client.wake();
  }

  private acknowledge(upTo: number): void {
    if (upTo <= this.acknowledged) return;
    this.acknowledged = upTo;
    this.client.send('basic.ack', { deliveryTag: upTo, multiple: true });
  }
}
