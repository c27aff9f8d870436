import { type AMQPBaseClient, type AMQPChannel, AMQPClient, type AMQPMessage } from '@cloudamqp/amqp-client';
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

export const amqpClient: ClientLibrary = {
  name: '@cloudamqp/amqp-client',
  async connect(url, { heartbeatS = 0 }: ConnectOptions = {}) {
    const client = new AMQPClient(`${url}?heartbeat=${heartbeatS}`);
    const connection = new AmqpClientConnection(await client.connect());
    client.socket?.setNoDelay();
    return connection;
  },
};

class AmqpClientConnection implements ClientConnection {
  readonly closed: Promise<Error | undefined>;
  private readonly raw: AMQPBaseClient;

  constructor(raw: AMQPBaseClient) {
    this.raw = raw;
    this.closed = new Promise((resolve) => {
      raw.ondisconnect = resolve;
    });
  }

  async channel(): Promise<ClientChannel> {
    const channel = await this.raw.channel();
    channel.onerror = () => undefined; // what is under way rejects with it
    return new AmqpClientChannel(channel);
  }

  async confirmChannel(): Promise<ClientChannel> {
    const channel = await this.raw.channel();
    channel.onerror = () => undefined;
    await channel.confirmSelect();
    return new AmqpClientChannel(channel);
  }

  onBlocked(listener: (reason: string) => void): void {
    this.raw.onblocked = listener;
  }

  onUnblocked(listener: () => void): void {
    this.raw.onunblocked = listener;
  }

  async close(): Promise<void> {
    if (!this.raw.closed) await this.raw.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

class AmqpClientChannel implements ClientChannel {
  private readonly raw: AMQPChannel;

  constructor(raw: AMQPChannel) {
    this.raw = raw;
  }

  async declareQueue(
    queue: string,
    { passive = false, durable = true, exclusive = false }: DeclareOptions = {},
  ): Promise<QueueStatus> {
    const { name, ...counts } = await this.raw.queueDeclare(queue, { passive, durable, exclusive, autoDelete: false });
    return { queue: name, ...counts };
  }

  async deleteQueue(queue: string): Promise<void> {
    await this.raw.queueDelete(queue);
  }

  declareExchange(exchange: string, type: string): Promise<void> {
    return this.raw.exchangeDeclare(exchange, type, { durable: false });
  }

  bindQueue(queue: string, exchange: string, routingKey: string): Promise<void> {
    return this.raw.queueBind(queue, exchange, routingKey);
  }

  async publish(
    exchange: string,
    routingKey: string,
    body: Buffer,
    { mandatory = false, persistent = false, headers, ...others }: PublishOptions = {},
  ): Promise<void> {
    const options = {
      ...others,
      deliveryMode: persistent ? 2 : 1,
      ...(headers && { headers: headers as Record<string, object> }),
    };
    await this.raw.basicPublish(exchange, routingKey, body, options, mandatory);
  }

  onReturn(listener: (returned: Returned) => void): void {
    this.raw.onReturn = ({ replyCode = 0, replyText = '', routingKey, body }) =>
      listener({ replyCode, replyText, routingKey, body: asBuffer(body) });
  }

  prefetch(count: number): Promise<void> {
    return this.raw.basicQos(count);
  }

  async consume(
    queue: string,
    listener: (delivery: Delivery) => void,
    { noAck = false }: ConsumeOptions = {},
  ): Promise<string> {
    const consumer = await this.raw.basicConsume(queue, { noAck }, (message) => listener(asDelivery(message)));
    return consumer.tag;
  }

  async cancel(consumerTag: string): Promise<void> {
    await this.raw.basicCancel(consumerTag);
  }

  async get(queue: string): Promise<Delivery | undefined> {
    const message = await this.raw.basicGet(queue, { noAck: false });
    return message === null ? undefined : asDelivery(message);
  }

  ack(tag: number, multiple?: boolean): void {
    this.raw.basicAck(tag, multiple);
  }

  nack(tag: number, { requeue, multiple }: { requeue: boolean; multiple?: boolean }): void {
    this.raw.basicNack(tag, requeue, multiple);
  }

  close(): Promise<void> {
    return this.raw.close();
  }
}

function asDelivery(message: AMQPMessage): Delivery {
  const { deliveryTag: tag, redelivered, exchange, routingKey, body } = message;
  const { contentType, correlationId, replyTo, deliveryMode, headers } = message.properties;
  const options = { contentType, correlationId, replyTo, persistent: deliveryMode === 2, headers };
  return { tag, redelivered, exchange, routingKey, body: asBuffer(body), properties: properties(options) };
}

function asBuffer(body: Uint8Array | null): Buffer {
  return Buffer.from(body ?? []);
}
