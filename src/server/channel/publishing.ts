import type { Exchange } from '../../broker/exchange/exchange.ts';
import { REPLY_TO } from '../../broker/reply-consumers.ts';
import type { Route } from '../../broker/routing/route-cache.ts';
import { announceExpiration, type Destinations, type Receiver } from '../../broker/routing/router.ts';
import { senderSelectedKeys, withoutBlindCopy } from '../../broker/routing/sender-selected-keys.ts';
import { isRefusedBy, type Takers, takersOf } from '../../broker/routing/takers.ts';
import type { ChannelCounts } from '../../broker/statistics/channel-counts.ts';
import type { Tracer } from '../../broker/tracer.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { Message } from '../../protocol/message.ts';
import { sameOctets } from '../../protocol/octets.ts';
import { FLAG_EXPIRATION, FLAG_REPLY_TO, FLAG_USER_ID } from '../../protocol/properties.ts';
import {
  concernsBroker,
  deliveryModeIn,
  isPlain,
  propertyStart,
  selectsRoutes,
  TRANSIENT,
} from '../../protocol/property-scan.ts';
import { rewriteProperties, rewriteShortString } from '../../protocol/rewritten-message.ts';
import { writeContent } from '../socket/content-writer.ts';
import { encodeReturn } from '../socket/routed-methods.ts';
import { hasTopicPermission, requirePermission, requirePublishableTopics, requireTopicPermission } from './access.ts';
import type { ChannelConnection } from './channel-connection.ts';
import type { DirectReplies } from './direct-replies.ts';
import type { MessagePublisher } from './incoming-content.ts';
import { validateDeliveryMode, validateExpiration, validateUserId } from './message-validation.ts';
import type { PublisherConfirms } from './publisher-confirms.ts';
import type { Transaction } from './transaction.ts';

type PublishingCounts = Pick<ChannelCounts, 'publish' | 'confirm' | 'return_unroutable' | 'drop_unroutable'>;

const REPLY_TO_OCTETS = Buffer.from(REPLY_TO);

/** Whether the reply-to property, which must be there, is the one for direct replies. Nothing is decoded. */
function wantsDirectReply({ header, headerStart }: Message): boolean {
  const start = propertyStart(header, headerStart, FLAG_REPLY_TO);
  return sameOctets(header, start + 1, start + 1 + header[start]!, REPLY_TO_OCTETS);
}

/**
 * What a channel does with messages that have come in: checks, routing, confirms and returns (AMQP 0-9-1, section 1.8.3).
 * Of most of them nothing is decoded.
 */
export class Publishing implements MessagePublisher {
  /** Set by tx.select: publishes wait for the commit. */
  transaction: Transaction | undefined;
  /** Set by confirm.select: the publisher hears of each message. */
  confirms: PublisherConfirms | undefined;

  private readonly number: number;
  private readonly connection: ChannelConnection;
  private readonly replies: DirectReplies;
  /** Of the message that is being published: so the hot calls have few arguments. */
  private isMandatory = false;
  private scanned = TRANSIENT;

  /** The route of the last message: the next one mostly takes the same. For others it is to be read only. */
  lastRoute: Route | undefined;
  /** The exchange that the user was last found to be allowed to publish to. */
  private writableExchange: Exchange | undefined;
  /** The user's permissions that it is writable by. */
  private writableEpoch = 0;

  /** Messages that were published without confirms: those with them are numbered. */
  private unnumberedCount = 0;
  /** Messages that no queue was found for, sent back and not. */
  private returnedCount = 0;
  private droppedCount = 0;

  constructor(number: number, connection: ChannelConnection, replies: DirectReplies) {
    this.number = number;
    this.connection = connection;
    this.replies = replies;
  }

  publish(received: Message, scanned: number, isMandatory: boolean): void {
    this.scanned = scanned;
    this.isMandatory = isMandatory;
    let route = this.lastRoute;
    if (
      route === undefined ||
      !this.connection.vhost.holds(route) ||
      !sameOctets(received.route, received.routeStart, received.routeEnd, route.octets)
    ) {
      this.lastRoute = route = this.routeOf(received);
    }
    if (isPlain(scanned)) this.publishTo(route.exchange, this.destinationsOf(received, route), received);
    else this.publishChecked(received, route);
  }

  private destinationsOf(message: Message, route: Route): Destinations {
    return route.isKeyed ? route : this.connection.vhost.destinationsOf(route.exchange, message);
  }

  /** A message with properties that are not only for the receiver. */
  private publishChecked(received: Message, route: Route): void {
    const message = concernsBroker(this.scanned) ? this.checked(received) : received;
    if (selectsRoutes(this.scanned)) {
      this.publishSelected(message, route.exchange);
      return;
    }
    validateDeliveryMode(deliveryModeIn(this.scanned));
    const destinations = this.destinationsOf(message, route);
    announceExpiration(message, destinations.queues);
    this.publishTo(route.exchange, destinations, message);
  }

  /** A message whose headers name further routing keys; those in BCC are not passed on. */
  private publishSelected(message: Message, exchange: Exchange): void {
    const properties = message.properties();
    const headers = properties.headers!; // or nothing would have been found in them
    const routingKeys = [message.routingKey, ...senderSelectedKeys(headers)];
    requirePublishableTopics(this.connection, exchange, routingKeys);
    validateDeliveryMode(deliveryModeIn(this.scanned));
    const visible = withoutBlindCopy(headers);
    const passedOn = visible === headers ? message : new Message();
    if (passedOn !== message) rewriteProperties(message, { ...properties, headers: visible }, passedOn);
    const destinations = this.connection.vhost.destinationsOf(exchange, passedOn, routingKeys);
    announceExpiration(passedOn, destinations.queues);
    this.publishTo(exchange, destinations, passedOn, routingKeys);
  }

  private publishTo(
    exchange: Exchange,
    destinations: Destinations,
    message: Message,
    routingKeys?: readonly string[],
  ): void {
    const { tracer } = this.connection.vhost;
    if (tracer !== undefined) this.trace(tracer, message, destinations, routingKeys);
    const isPersistent = deliveryModeIn(this.scanned) !== TRANSIENT;
    const { confirms } = this;
    if (confirms !== undefined) confirms.publishedCount++;
    else this.unnumberedCount++;
    exchange.publishedIn++;
    exchange.publishedOut += destinations.queues.length;
    if (this.transaction !== undefined) {
      const { queues } = destinations;
      this.transaction.publish({ message, queues, isPersistent, isMandatory: this.isMandatory });
    } else {
      try {
        this.offerTo(destinations, message, isPersistent);
      } finally {
        this.connection.store.endPublish(message);
      }
    }
    confirms?.schedule();
  }

  private offerTo(destinations: Destinations, message: Message, isPersistent: boolean): void {
    const takers = takersOf(destinations, message);
    if (isPersistent && takers.durableIds.length > 0) this.publishDurably(message, takers);
    else this.deliverTo(takers.queues, message);
    if (destinations.queues.length === 0) this.unroutable(message, this.isMandatory);
    if (takers !== destinations) this.notTakenByAll(takers);
  }

  private trace(
    tracer: Tracer,
    message: Message,
    { queues }: Destinations,
    routingKeys: readonly string[] = [message.routingKey],
  ): void {
    const { name: connection, user } = this.connection;
    tracer.published(message, routingKeys, queues, { connection, channel: this.number, user: user.name });
  }

  /** The log comes first: a slot in it is what the queues hold. Its confirm waits until that is on disk. */
  private publishDurably(message: Message, { queues, durableIds }: Destinations): void {
    const journal = this.connection.journal!; // there are durable queues only where there is one
    journal.append(message, durableIds);
    this.deliverTo(queues, message);
    this.confirms?.awaitCommit(journal.commit);
  }

  /** There are queues that did not take the message. */
  private notTakenByAll({ isRefused }: Takers): void {
    const { confirms } = this;
    const { journal } = this.connection;
    if (isRefused) confirms?.refused();
    else if (journal !== undefined) confirms?.awaitCommit(journal.commit); // what it is like may be on its way to disk still
  }

  /** Does what a transaction has put off; returns whether all queues had room for the message. */
  deliverCommitted(queues: readonly Receiver[], message: Message, isMandatory: boolean): boolean {
    const isTaken = queues.every((queue) => !isRefusedBy(queue, message));
    this.deliverTo(queues, message);
    if (queues.length === 0) this.unroutable(message, isMandatory);
    return isTaken;
  }

  private deliverTo(queues: readonly Receiver[], message: Message): void {
    for (let i = 0; i < queues.length; i++) {
      const queue = queues[i]!;
      if (!queue.publish(message) && queue.kind === 'queue') this.connection.backpressure.pace.isAheadOf(queue);
    }
  }

  private routeOf(message: Message): Route {
    const { vhost, user } = this.connection;
    const known = vhost.knownRoute(message);
    const isCurrent = this.writableEpoch === user.permissionsEpoch;
    if (known !== undefined && isCurrent && known.exchange === this.writableExchange) return known;
    requirePermission(this.connection, 'write', 'exchange', message.exchange);
    const route = known ?? vhost.findRoute(message);
    const { exchange } = route;
    if (exchange.properties.internal) {
      throw new AmqpError('ACCESS_REFUSED', `cannot publish to internal ${exchange}`);
    }
    const asksForTopics = hasTopicPermission(this.connection, exchange); // then each key has to be asked for
    if (asksForTopics) requireTopicPermission(this.connection, 'write', exchange, message.routingKey);
    this.writableExchange = asksForTopics ? undefined : exchange;
    this.writableEpoch = user.permissionsEpoch;
    return route;
  }

  /** The message with its checked properties in order: where it asks for a direct reply, it says where that is to go. */
  private checked(message: Message): Message {
    const { propertyFlags } = message;
    const checked = (propertyFlags & FLAG_REPLY_TO) !== 0 && wantsDirectReply(message) ? new Message() : message;
    if (checked !== message) rewriteShortString(message, FLAG_REPLY_TO, this.replies.name, checked);
    if ((propertyFlags & (FLAG_USER_ID | FLAG_EXPIRATION)) !== 0) this.validate(message);
    return checked;
  }

  private validate(message: Message): void {
    const { userId, expiration } = message.properties();
    if (userId !== undefined) validateUserId(userId, this.connection.user);
    if (expiration !== undefined) validateExpiration(expiration);
  }

  private unroutable(message: Message, isMandatory: boolean): void {
    if (!isMandatory) {
      this.droppedCount++;
      return;
    }
    this.returnedCount++;
    const { output, maxPayloadOctets } = this.connection;
    output.reply(encodeReturn(this.number, message));
    writeContent(output, this.number, message, maxPayloadOctets);
    output.countReply(message.bodySize);
  }

  /** What has become of all that was published. */
  get counts(): PublishingCounts {
    return {
      publish: this.unnumberedCount + (this.confirms?.publishedCount ?? 0),
      confirm: this.confirms?.takenCount ?? 0,
      return_unroutable: this.returnedCount,
      drop_unroutable: this.droppedCount,
    };
  }

  /** Gives back what is pending, because the channel is gone. */
  close(): void {
    this.confirms?.close();
    this.transaction?.rollback();
  }
}
