import type { Logger } from '../observe/logger.ts';
import type { FieldValue } from '../protocol/field-table.ts';
import { Message } from '../protocol/message.ts';
import { encodeContentHeader } from '../protocol/properties.ts';
import { rewriteRoute } from '../protocol/rewritten-message.ts';
import type { BrokerEvent } from './events/broker-events.ts';
import { eventHeaders } from './events/event-headers.ts';
import { EVENT_EXCHANGE, EVENT_VHOST } from './predeclared-exchanges.ts';
import type { VirtualHost } from './vhost.ts';
import type { VirtualHosts } from './virtual-hosts.ts';

const PERSISTENT = 2;

/**
 * Publishes what happens in the broker to the exchange `amq.rabbitmq.event`, as RabbitMQ's plugin does: the routing key says
 * what, the headers say of what, the body is empty. Nothing is made as long as nothing is bound to the exchange.
 */
export class EventExchange {
  private readonly vhosts: Pick<VirtualHosts, 'get'>;
  private readonly node: string;
  private readonly log: Logger;

  /** @param node the broker's name */
  constructor(vhosts: Pick<VirtualHosts, 'get'>, node: string, log: Logger) {
    this.vhosts = vhosts;
    this.node = node;
    this.log = log;
  }

  /** Publishes it when what is going on is done: it may be anything. */
  readonly publish = (event: BrokerEvent): void => {
    const vhost = this.vhosts.get(EVENT_VHOST);
    const exchange = vhost?.exchanges.get(EVENT_EXCHANGE);
    if (vhost === undefined || exchange === undefined || exchange.bindingCount === 0) return;
    const nowMs = Date.now();
    const timestamp: FieldValue = { type: 'long', value: nowMs };
    const headers = new Map(Object.entries({ ...eventHeaders(event, this.node), timestamp_in_ms: timestamp }));
    const message = new Message();
    message.header = encodeContentHeader(0, {
      headers,
      deliveryMode: PERSISTENT,
      timestamp: Math.round(nowMs / 1000),
    });
    message.headerEnd = message.header.length;
    rewriteRoute(message, EVENT_EXCHANGE, event.name);
    queueMicrotask(() => this.send(vhost, message));
  };

  private send({ publisher }: VirtualHost, message: Message): void {
    try {
      publisher.publish(message, () => undefined);
    } catch (err) {
      this.log.warn({ err, event: message.routingKey }, 'an event could not be published'); // the disk is full, say
    }
  }
}
