import type { User } from '../auth/user-directory.ts';
import type { Exchange } from '../broker/exchange/exchange.ts';
import type { Offered } from '../broker/internal-publisher.ts';
import type { Queue, TakenMessage } from '../broker/queue/queue.ts';
import type { TraceOrigin } from '../broker/tracer.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import type { Message } from '../protocol/message.ts';

/** What traces have for the connection of a request; in RabbitMQ, the number of an Erlang process. */
const CONNECTION = 'HTTP API';
const CHANNEL = 1;

/** Publishes and gets for one request, traced and counted as if it had a channel, which it has in RabbitMQ. */
export class RequestChannel {
  private readonly vhost: VirtualHost;
  private readonly origin: TraceOrigin;

  constructor(vhost: VirtualHost, user: User) {
    this.vhost = vhost;
    this.origin = { connection: CONNECTION, channel: CHANNEL, user: user.name };
  }

  /** As a mandatory publish with confirms. @throws AmqpError see `InternalPublisher` */
  publish(exchange: Exchange, message: Message, routingKeys: readonly string[]): Offered {
    const { vhost, origin } = this;
    const { counters } = vhost;
    const offered = vhost.publisher.offer(exchange, message, routingKeys, (receivers) => {
      vhost.tracer?.published(message, routingKeys, receivers, origin);
      exchange.publishedIn++;
      exchange.publishedOut += receivers.length;
    });
    const counts = counters.closedChannels;
    counters.receivedToConfirmOfClosed++;
    counts.publish++;
    if (!offered.isRefused) counts.confirm++;
    if (!offered.isRouted) counts.return_unroutable++;
    return offered;
  }

  /** Takes the queue's first message out, as basic.get does; undefined: there is none ready. */
  get(queue: Queue, noAck: boolean): TakenMessage | undefined {
    const counts = this.vhost.counters.closedChannels;
    const taken = queue.get();
    if (taken === undefined) {
      queue.counters.getEmpty++;
      counts.get_empty++;
      return undefined;
    }
    const { redelivered } = taken;
    queue.counters.got(noAck, redelivered);
    counts[noAck ? 'get_no_ack' : 'get']++;
    if (redelivered) counts.redeliver++;
    return taken;
  }

  /** Tells whoever looks of what `get` has taken out. @throws UnreadableMessageError */
  trace(queue: Queue, { slot, redelivered }: TakenMessage): void {
    this.vhost.tracer?.delivered(queue.view(slot), queue.name, redelivered, this.origin);
  }
}
