import { once } from 'node:events';
import { type Channel, type ChannelModel, type ConfirmChannel, connect, type Message } from 'amqplib';
import {
  type ClientChannel,
  type ClientConnection,
  type ClientLibrary,
  type ConnectOptions,
  type ConsumeOptions,
  type DeclareOptions,
  type Delivery,
  type PublishOptions,
  properties,
  type QueueStatus,
  type Returned,
} from './client.ts';

export const amqplib: ClientLibrary = {
  name: 'amqplib',
  async connect(url, { heartbeatS = 0 }: ConnectOptions = {}) {
    return new AmqplibConnection(await connect(`${url}?heartbeat=${heartbeatS}`, { noDelay: true }));
  },
};

class AmqplibConnection implements ClientConnection {
  readonly closed: Promise<Error | undefined>;
  private readonly model: ChannelModel;
  private isClosed = false;

  constructor(model: ChannelModel) {
    this.model = model;
    model.on('error', () => undefined); // `closed` has it too
    this.closed = new Promise((resolve) => {
      model.on('close', (error?: Error) => {
        this.isClosed = true;
        resolve(error);
      });
    });
  }

  async channel(): Promise<ClientChannel> {
    return new AmqplibChannel(await this.model.createChannel());
  }

  async confirmChannel(): Promise<ClientChannel> {
    return new AmqplibConfirmChannel(await this.model.createConfirmChannel());
  }

  onBlocked(listener: (reason: string) => void): void {
    this.model.on('blocked', listener);
  }

  onUnblocked(listener: () => void): void {
    this.model.on('unblocked', listener);
  }

  async close(): Promise<void> {
    if (!this.isClosed) await this.model.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

class AmqplibChannel<Raw extends Channel = Channel> implements ClientChannel {
  protected readonly raw: Raw;
  protected error: Error | undefined;

  constructor(raw: Raw) {
    this.raw = raw;
    raw.on('error', (error) => {
      this.error = error;
    });
  }

  declareQueue(queue: string, { passive, ...options }: DeclareOptions = {}): Promise<QueueStatus> {
    return passive ? this.raw.checkQueue(queue) : this.raw.assertQueue(queue, options);
  }

  async deleteQueue(queue: string): Promise<void> {
    await this.raw.deleteQueue(queue);
  }

  async declareExchange(exchange: string, type: string): Promise<void> {
    await this.raw.assertExchange(exchange, type, { durable: false });
  }

  async bindQueue(queue: string, exchange: string, routingKey: string): Promise<void> {
    await this.raw.bindQueue(queue, exchange, routingKey);
  }

  async publish(exchange: string, routingKey: string, body: Buffer, options?: PublishOptions): Promise<void> {
    if (!this.raw.publish(exchange, routingKey, body, options)) await once(this.raw, 'drain');
  }

  onReturn(listener: (returned: Returned) => void): void {
    this.raw.on('return', ({ fields, content }) => {
      const { replyCode, replyText, routingKey } = fields as unknown as Returned; // which its types leave out
      listener({ replyCode, replyText, routingKey, body: content });
    });
  }

  async prefetch(count: number): Promise<void> {
    await this.raw.prefetch(count);
  }

  async consume(queue: string, listener: (delivery: Delivery) => void, options?: ConsumeOptions): Promise<string> {
    const { consumerTag } = await this.raw.consume(
      queue,
      (message) => message && listener(asDelivery(message)),
      options,
    );
    return consumerTag;
  }

  async cancel(consumerTag: string): Promise<void> {
    await this.raw.cancel(consumerTag);
  }

  async get(queue: string): Promise<Delivery | undefined> {
    const message = await this.raw.get(queue);
    return message ? asDelivery(message) : undefined;
  }

  ack(tag: number, multiple?: boolean): void {
    this.raw.ack(withTag(tag), multiple);
  }

  nack(tag: number, { requeue, multiple }: { requeue: boolean; multiple?: boolean }): void {
    this.raw.nack(withTag(tag), multiple, requeue);
  }

  close(): Promise<void> {
    return this.raw.close();
  }
}

class AmqplibConfirmChannel extends AmqplibChannel<ConfirmChannel> {
  override publish(exchange: string, routingKey: string, body: Buffer, options?: PublishOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.raw.publish(exchange, routingKey, body, options, (error) => {
        if (error) reject(this.error ?? error);
        else resolve();
      });
    });
  }
}

function asDelivery({ fields, properties: received, content }: Message): Delivery {
  const { deliveryTag: tag, redelivered, exchange, routingKey } = fields;
  const { contentType, correlationId, replyTo, deliveryMode, headers } = received;
  const options = { contentType, correlationId, replyTo, persistent: deliveryMode === 2, headers };
  return { tag, redelivered, exchange, routingKey, body: content, properties: properties(options) };
}

/** All that the library looks at to acknowledge a message. */
function withTag(deliveryTag: number): Message {
  return { fields: { deliveryTag } } as Message;
}
