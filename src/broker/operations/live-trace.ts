import type { Message } from '../../protocol/message.ts';
import type { Properties } from '../../protocol/properties.ts';
import { TRACE_EXCHANGE } from '../firehose.ts';
import { namesOfQueues, type Receiver } from '../routing/router.ts';
import type { TraceOrigin, Tracer } from '../tracer.ts';
import { beginningOf } from './body-beginning.ts';
import { predicateOf } from './message-filter.ts';

/** So many messages wait to be taken; those that come while it is full are counted, and not kept. */
const WAITING_LIMIT = 200;
/** What is kept of a body. */
const BODY_LIMIT_OCTETS = 2048;

/** Which messages are wanted: those to which all that is given applies. */
export interface TraceFilter {
  readonly exchange?: string;
  /** As the key of a binding to a topic exchange. */
  readonly routingKey?: string;
  /** What was published to it, or is delivered from it. */
  readonly queue?: string;
  readonly user?: string;
}

/** A message that was seen to be published or delivered. */
export interface TracedMessage extends TraceOrigin {
  readonly kind: 'publish' | 'deliver';
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly exchange: string;
  /** All that it was routed by; of a delivery its own one. */
  readonly routingKeys: readonly string[];
  /** Where it went, or comes from. */
  readonly queues: readonly string[];
  readonly redelivered: boolean;
  readonly properties: Properties;
  /** Of the whole body. */
  readonly bodySizeOctets: number;
  /** Its beginning. */
  readonly body: Buffer;
}

/**
 * Keeps what somebody who looks on wants to see of a virtual host's messages until it is taken. However fast messages come
 * and however slow they are taken, it keeps few of them.
 */
export class LiveTrace implements Tracer {
  private readonly filter: TraceFilter;
  private readonly hasKey: (message: Message) => boolean;
  private waiting: TracedMessage[] = [];
  private droppedCount = 0;

  constructor(filter: TraceFilter) {
    this.filter = filter;
    const { routingKey } = filter;
    this.hasKey = routingKey === undefined ? () => true : predicateOf({ routingKey });
  }

  published(
    message: Message,
    routingKeys: readonly string[],
    receivers: readonly Receiver[],
    origin: TraceOrigin,
  ): void {
    const { queue } = this.filter;
    if (queue !== undefined && !receivers.some(({ name }) => name === queue)) return;
    if (!this.isWanted(message, origin)) return;
    const queues = namesOfQueues(receivers);
    this.keep(message, () => ({ kind: 'publish', routingKeys, queues, redelivered: false, ...origin }));
  }

  /** Copies that the firehose has made are no messages of clients. */
  delivered(message: Message, queue: string, redelivered: boolean, origin: TraceOrigin): void {
    if (this.filter.queue !== undefined && queue !== this.filter.queue) return;
    if (message.exchange === TRACE_EXCHANGE || !this.isWanted(message, origin)) return;
    const routingKeys = [message.routingKey];
    this.keep(message, () => ({ kind: 'deliver', routingKeys, queues: [queue], redelivered, ...origin }));
  }

  /** What has come since the last time, and how much more that was dropped. */
  take(): { readonly messages: readonly TracedMessage[]; readonly droppedCount: number } {
    const { waiting: messages, droppedCount } = this;
    this.waiting = [];
    this.droppedCount = 0;
    return { messages, droppedCount };
  }

  private isWanted(message: Message, { user }: TraceOrigin): boolean {
    const { filter } = this;
    return (
      (filter.exchange === undefined || filter.exchange === message.exchange) &&
      (filter.user === undefined || filter.user === user) &&
      this.hasKey(message)
    );
  }

  private keep(message: Message, facts: () => Omit<TracedMessage, keyof ReturnType<typeof contentOf>>): void {
    if (this.waiting.length < WAITING_LIMIT) this.waiting.push({ ...facts(), ...contentOf(message) });
    else this.droppedCount++;
  }
}

function contentOf(message: Message): {
  readonly timeMs: number;
  readonly exchange: string;
  readonly properties: Properties;
  readonly bodySizeOctets: number;
  readonly body: Buffer;
} {
  return {
    timeMs: Date.now(),
    exchange: message.exchange,
    properties: message.properties(),
    bodySizeOctets: message.bodySize,
    body: beginningOf(message, BODY_LIMIT_OCTETS),
  };
}
