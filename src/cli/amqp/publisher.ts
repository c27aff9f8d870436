import { FRAME_BODY, FRAME_END, FRAME_HEADER, FRAME_OVERHEAD_OCTETS } from '../../protocol/constants.ts';
import { putFrameHeader } from '../../protocol/content-frames.ts';
import { encodeMethodFrame } from '../../protocol/method-codec.ts';
import { encodeContentHeader, type Properties } from '../../protocol/properties.ts';
import type { Place } from '../broker-address.ts';
import { AmqpClient, type AmqpListener } from './amqp-client.ts';

/** Where messages go, and what all of them have. */
export interface PublisherOptions {
  readonly exchange: string;
  readonly routingKey: string;
  /** Whether the broker is to say that no queue is there for a message. */
  readonly mandatory: boolean;
  readonly properties: Properties;
}

/** So many messages may be on their way. */
const WINDOW = 8192;
const CHANNEL = 1;
/** Class id, weight, and the size of the body, which is the only thing in a content header that differs. */
const BODY_SIZE_OFFSET = 4;

/** Publishes messages that differ in their bodies only, and knows what became of them. */
export class Publisher {
  /** Those that were handed over to be sent. */
  published = 0;
  /** Those that a queue has refused: it is full. */
  refused = 0;
  /** Those that came back, because no queue is there for them. */
  unrouted = 0;
  private readonly client: AmqpClient;
  private readonly method: Buffer;
  private readonly header: Buffer;
  /** Delivery tags, in order. */
  private readonly unconfirmed = new Set<number>();

  private constructor(client: AmqpClient, { exchange, routingKey, mandatory, properties }: PublisherOptions) {
    this.client = client;
    const args = { exchange, routingKey, mandatory, immediate: false };
    this.method = encodeMethodFrame(CHANNEL, 'basic.publish', args);
    this.header = encodeContentHeader(0, properties);
  }

  /** @throws CommandError if the broker is not there, or refuses */
  static async open(
    place: Place,
    vhost: string,
    options: PublisherOptions,
    listener: Pick<AmqpListener, 'onBlocked' | 'onFailure'>,
  ): Promise<Publisher> {
    let publisher: Publisher | undefined;
    const client = await AmqpClient.open(place, vhost, {
      ...listener,
      onMessage: () => publisher!.unrouted++, // only returned ones come
      onConfirm: ({ deliveryTag, multiple }, isAck) => publisher!.confirm(Number(deliveryTag), multiple, isAck),
    });
    publisher = new Publisher(client, options);
    await client.call('confirm.select', { noWait: false }, 'confirm.select-ok');
    return publisher;
  }

  /** Sends messages, all of them together. */
  publish(bodies: readonly Buffer[]): void {
    this.client.gather();
    for (const body of bodies) {
      this.unconfirmed.add(++this.published);
      this.client.write(this.framesOf(body));
    }
    this.client.flush();
  }

  /** Resolves when more can be sent. @throws CommandError if the connection has failed */
  ready(): Promise<void> {
    return this.client.until(() => this.client.hasRoom && this.unconfirmed.size < WINDOW);
  }

  /** Resolves when it is known of all messages what became of them. @throws CommandError as `ready` */
  async finish(): Promise<void> {
    await this.client.until(() => this.unconfirmed.size === 0);
    await this.client.close();
  }

  end(): void {
    this.client.end();
  }

  private framesOf(body: Buffer): Buffer {
    const { method, header } = this;
    const most = this.client.frameMaxOctets - FRAME_OVERHEAD_OCTETS;
    const frameCount = Math.ceil(body.length / most);
    const overhead = (1 + frameCount) * FRAME_OVERHEAD_OCTETS;
    const frames = Buffer.allocUnsafe(method.length + header.length + body.length + overhead);
    let at = method.copy(frames);
    const headerAt = putFrameHeader(frames, at, FRAME_HEADER, CHANNEL, header.length);
    at = headerAt + header.copy(frames, headerAt);
    frames.writeBigUInt64BE(BigInt(body.length), headerAt + BODY_SIZE_OFFSET);
    frames[at++] = FRAME_END;
    for (let start = 0; start < body.length; start += most) {
      const end = Math.min(start + most, body.length);
      at = putFrameHeader(frames, at, FRAME_BODY, CHANNEL, end - start);
      at += body.copy(frames, at, start, end);
      frames[at++] = FRAME_END;
    }
    return frames;
  }

  private confirm(tag: number, isMultiple: boolean, isAck: boolean): void {
    if (!isMultiple) {
      this.settle(tag, isAck);
      return;
    }
    for (const each of this.unconfirmed) {
      if (each > tag) break;
      this.settle(each, isAck);
    }
  }

  private settle(tag: number, isAck: boolean): void {
    const isKnown = this.unconfirmed.delete(tag);
    if (isKnown && !isAck) this.refused++;
  }
}
