/**
 * What the client libraries have in common, so that one suite can try the broker with each of them. An implementation
 * calls the library's own methods and adds nothing of its own.
 */
export interface ClientLibrary {
  readonly name: string;
  connect(url: string, options?: ConnectOptions): Promise<ClientConnection>;
}

export interface ConnectOptions {
  readonly heartbeatS?: number;
}

/** Closed with the block that it was opened in. */
export interface ClientConnection extends AsyncDisposable {
  /** Settles when the connection is closed from either side: with the server's reason, if it gave one. */
  readonly closed: Promise<Error | undefined>;
  channel(): Promise<ClientChannel>;
  /** A channel in confirm mode. */
  confirmChannel(): Promise<ClientChannel>;
  onBlocked(listener: (reason: string) => void): void;
  onUnblocked(listener: () => void): void;
  close(): Promise<void>;
}

/** When the server closes the channel, what is under way rejects with its reason. */
export interface ClientChannel {
  declareQueue(queue: string, options?: DeclareOptions): Promise<QueueStatus>;
  deleteQueue(queue: string): Promise<void>;
  declareExchange(exchange: string, type: string): Promise<void>;
  bindQueue(queue: string, exchange: string, routingKey: string): Promise<void>;
  /** On a channel in confirm mode it resolves when the message is confirmed. */
  publish(exchange: string, routingKey: string, body: Buffer, options?: PublishOptions): Promise<void>;
  onReturn(listener: (returned: Returned) => void): void;
  prefetch(count: number): Promise<void>;
  /** Resolves to the consumer tag. */
  consume(queue: string, listener: (delivery: Delivery) => void, options?: ConsumeOptions): Promise<string>;
  cancel(consumerTag: string): Promise<void>;
  get(queue: string): Promise<Delivery | undefined>;
  ack(tag: number, multiple?: boolean): void;
  nack(tag: number, options: { readonly requeue: boolean; readonly multiple?: boolean }): void;
  close(): Promise<void>;
}

export interface DeclareOptions {
  readonly passive?: boolean;
  readonly durable?: boolean;
  readonly exclusive?: boolean;
}

export interface QueueStatus {
  readonly queue: string;
  readonly messageCount: number;
  readonly consumerCount: number;
}

export interface ConsumeOptions {
  readonly noAck?: boolean;
}

export interface MessageOptions {
  readonly contentType?: string;
  readonly correlationId?: string;
  readonly replyTo?: string;
  readonly persistent?: boolean;
  readonly headers?: Readonly<Record<string, unknown>>;
}

export interface PublishOptions extends MessageOptions {
  readonly mandatory?: boolean;
}

export interface Delivery {
  readonly tag: number;
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly properties: MessageOptions;
}

export interface Returned {
  readonly replyCode: number;
  readonly replyText: string;
  readonly routingKey: string;
  readonly body: Buffer;
}

/** Properties as a library gives them, without those that the message does not have. */
export function properties(values: { [Key in keyof MessageOptions]: MessageOptions[Key] | undefined }): MessageOptions {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
