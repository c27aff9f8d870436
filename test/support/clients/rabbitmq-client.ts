import { type AsyncMessage, type Channel, Connection, type SyncMessage } from 'rabbitmq-client';
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

export const rabbitmqClient: ClientLibrary = {
  name: 'rabbitmq-client',
  async connect(url, { heartbeatS = 0 }: ConnectOptions = {}) {
    const raw = new Connection({ url: withUser(url), heartbeat: heartbeatS, noDelay: true });
    const connection = new RabbitmqClientConnection(raw);
    await raw.onConnect();
    return connection;
  },
};

/** To the other libraries, an address without a user means guest; this one would log in with an empty name. */
export function withUser(url: string): string {
  const address = new URL(url);
  if (address.username === '') address.username = address.password = 'guest';
  return address.href;
}

class RabbitmqClientConnection implements ClientConnection {
  readonly closed: Promise<Error | undefined>;
  private readonly raw: Connection;
  private readonly channels: Channel[] = [];
  private isClosed = false;

  constructor(raw: Connection) {
    this.raw = raw;
    this.closed = new Promise((resolve) => {
      raw.on('error', (error) => {
        this.isClosed = true;
        raw.unsafeDestroy(); // or else it would connect again
        resolve(error);
      });
    });
  }

  async channel(): Promise<ClientChannel> {
    return new RabbitmqClientChannel(await this.acquire());
  }

  async confirmChannel(): Promise<ClientChannel> {
    const channel = await this.acquire();
    await channel.confirmSelect();
    return new RabbitmqClientChannel(channel);
  }

  private async acquire(): Promise<Channel> {
    const channel = await this.raw.acquire({ emitErrorsFromChannel: true });
    this.channels.push(channel);
    return channel;
  }

  onBlocked(listener: (reason: string) => void): void {
    this.raw.on('connection.blocked', listener);
  }

  onUnblocked(listener: () => void): void {
    this.raw.on('connection.unblocked', listener);
  }

  /** The library leaves it to its user to close the channels, and waits for that. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    await Promise.all(this.channels.map((channel) => channel.close()));
    await this.raw.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

class RabbitmqClientChannel implements ClientChannel {
  private readonly raw: Channel;
  private error: Error | undefined;

  constructor(raw: Channel) {
    this.raw = raw;
    raw.on('error', (error) => {
      this.error = error;
    });
  }

  async declareQueue(queue: string, { durable = true, ...options }: DeclareOptions = {}): Promise<QueueStatus> {
    try {
      return await this.raw.queueDeclare({ queue, durable, ...options });
    } catch (error) {
      // The library says why a channel was closed only to what the server blames for it.
      throw this.error ?? error;
    }
  }

  async deleteQueue(queue: string): Promise<void> {
    await this.raw.queueDelete(queue);
  }

  declareExchange(exchange: string, type: string): Promise<void> {
    return this.raw.exchangeDeclare({ exchange, type });
  }

  bindQueue(queue: string, exchange: string, routingKey: string): Promise<void> {
    return this.raw.queueBind({ queue, exchange, routingKey });
  }

  publish(
    exchange: string,
    routingKey: string,
    body: Buffer,
    { persistent = false, ...options }: PublishOptions = {},
  ): Promise<void> {
    return this.raw.basicPublish({ exchange, routingKey, durable: persistent, ...options }, body);
  }

  onReturn(listener: (returned: Returned) => void): void {
    this.raw.on('basic.return', ({ replyCode, replyText, routingKey, body }) =>
      listener({ replyCode, replyText, routingKey, body: asBuffer(body) }),
    );
  }

  prefetch(count: number): Promise<void> {
    return this.raw.basicQos({ prefetchCount: count });
  }

  async consume(queue: string, listener: (delivery: Delivery) => void, options?: ConsumeOptions): Promise<string> {
    const { consumerTag } = await this.raw.basicConsume({ queue, ...options }, (message) =>
      listener(asDelivery(message)),
    );
    return consumerTag;
  }

  async cancel(consumerTag: string): Promise<void> {
    await this.raw.basicCancel(consumerTag);
  }

  async get(queue: string): Promise<Delivery | undefined> {
    const message = await this.raw.basicGet(queue);
    return message && asDelivery(message);
  }

  ack(tag: number, multiple = false): void {
    this.raw.basicAck({ deliveryTag: tag, multiple });
  }

  nack(tag: number, options: { requeue: boolean; multiple?: boolean }): void {
    this.raw.basicNack({ deliveryTag: tag, ...options });
  }

  close(): Promise<void> {
    return this.raw.close();
  }
}

function asDelivery(message: AsyncMessage | SyncMessage): Delivery {
  const { deliveryTag: tag, redelivered, exchange, routingKey, body } = message;
  const { contentType, correlationId, replyTo, durable: persistent = false, headers } = message;
  const options = { contentType, correlationId, replyTo, persistent, headers };
  return { tag, redelivered, exchange, routingKey, body: asBuffer(body), properties: properties(options) };
}

/** The library decodes bodies by their content type: here back to what was on the wire. */
function asBuffer(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
