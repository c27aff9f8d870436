import { AmqpError } from '../protocol/amqp-error.ts';
import { EMPTY_TABLE, type FieldTable } from '../protocol/field-table.ts';
import { Message } from '../protocol/message.ts';
import type { MessageStore } from '../storage/message/message-store.ts';
import type { MessageJournal } from '../storage/message-journal.ts';
import { type Clock, TurnClock } from '../time/clock.ts';
import { TimeSlices } from '../time/time-slices.ts';
import { HeapGauge } from './alarms/heap-gauge.ts';
import type { Destination } from './binding.ts';
import { ConsumerTimeouts } from './consumer-timeouts.ts';
import { type DefinitionsJournal, NO_JOURNAL, type Removal } from './definitions-journal.ts';
import type { DurableIdentities } from './durable-identities.ts';
import { InequivalentError } from './equivalence.ts';
import { BrokerEvents } from './events/broker-events.ts';
import { DefaultIndex } from './exchange/default-index.ts';
import type { ExchangeEnvironment } from './exchange/delayed-routing.ts';
import { type BindingIndex, Exchange } from './exchange/exchange.ts';
import { assertEquivalentExchange } from './exchange/exchange-equivalence.ts';
import { ExchangeFeatures } from './exchange/exchange-features.ts';
import type { ExchangeProperties } from './exchange/exchange-properties.ts';
import { type ExchangeSettings, validateExchangeArguments } from './exchange/exchange-settings.ts';
import { type ExchangeType, exchangeType, requiredType } from './exchange/exchange-types.ts';
import { ExclusiveQueues, refuseLocked, requireUnlocked } from './exclusive-queues.ts';
import type { Firehose } from './firehose.ts';
import { InternalPublisher } from './internal-publisher.ts';
import { requireQueueRoom, type VirtualHostLimits } from './limits/vhost-room.ts';
import { predeclaredExchanges } from './predeclared-exchanges.ts';
import { DeadLetterOutbox } from './queue/dead-letter-outbox.ts';
import { DispatchSchedule } from './queue/dispatch-schedule.ts';
import { Queue, type QueueProperties } from './queue/queue.ts';
import { validateAsOfType, validateQueueType } from './queue/queue-arguments.ts';
import type { QueueEnvironment } from './queue/queue-environment.ts';
import { assertEquivalentQueue } from './queue/queue-equivalence.ts';
import { ReadRetries } from './queue/read-retries.ts';
import { RemovalCascade } from './removal-cascade.ts';
import { replay } from './replay.ts';
import { namesReplies, ReplyConsumers } from './reply-consumers.ts';
import { refuseReservedName, refuseSystemExchange } from './reserved-names.ts';
import { resourceName } from './resource-name.ts';
import { type Route, RouteCache } from './routing/route-cache.ts';
import { type Destinations, NOT_KEYED, Router } from './routing/router.ts';
import { VirtualHostCounters } from './statistics/vhost-counters.ts';
import type { Tracer } from './tracer.ts';
import { VirtualHostPolicies } from './vhost-policies.ts';

const DEFAULT_EXCHANGE = '';

/** What is said of a virtual host, for those who run the broker. */
export interface VirtualHostMetadata {
  readonly description: string;
  readonly tags: readonly string[];
  /** The type of queues that are declared without one, as it was given; undefined: none was. */
  readonly defaultQueueType: string | undefined;
}

export const NO_METADATA: VirtualHostMetadata = { description: '', tags: [], defaultQueueType: undefined };

/** A world of its own: exchanges, queues and bindings that no other virtual host sees. */
export class VirtualHost {
  readonly name: string;
  readonly exchanges = new Map<string, Exchange>();
  readonly queues = new Map<string, Queue>();
  readonly replyConsumers = new ReplyConsumers();
  readonly consumerTimeouts = new ConsumerTimeouts();
  /** Notes what survives a restart. One that is being restored has none yet. */
  journal: DefinitionsJournal = NO_JOURNAL;
  metadata: VirtualHostMetadata = NO_METADATA;
  /** Undefined: nobody has set any. */
  limits: VirtualHostLimits | undefined;
  /** How many connections have opened it. */
  connectionCount = 0;
  readonly counters = new VirtualHostCounters();

  readonly policies = new VirtualHostPolicies(this);
  /** Deliveries that wait until all that belongs together is done. */
  readonly dispatches: DispatchSchedule;

  /** Where what happens here is told. */
  events: BrokerEvents = new BrokerEvents();
  /** What is told of each message that clients publish and are given; undefined, as it mostly is: nobody looks. */
  tracer: Tracer | undefined;
  /** Undefined: its messages are not published to `amq.rabbitmq.trace`. */
  firehose: Firehose | undefined;

  /** Whether there is room for what stays: exchanges, queues, bindings, channels, consumers. */
  readonly heap: HeapGauge;

  private readonly store: MessageStore;
  private readonly outgoing = new Message();
  readonly publisher: InternalPublisher;
  private readonly environment: QueueEnvironment & ExchangeEnvironment;
  private readonly exclusiveQueues = new ExclusiveQueues<Queue>();
  private readonly router = new Router(this.exchanges);
  private readonly routes = new RouteCache();
  /** Counts changes of exchanges, queues and bindings: a remembered route of an older epoch is void. */
  private epoch = 0;

  /**
   * @param messages where messages go that are to survive; undefined: nothing survives
   * @param identities the same for what exchanges know of messages
   */
  constructor(
    name: string,
    store: MessageStore,
    messages?: MessageJournal,
    clock: Clock = new TurnClock(),
    identities?: DurableIdentities,
    heap: HeapGauge = new HeapGauge(),
  ) {
    this.name = name;
    this.heap = heap;
    this.store = store;
    this.publisher = new InternalPublisher(this, store, messages);
    const { outgoing, publisher, consumerTimeouts } = this;
    const { deliveryLatency, deadLetters: deadLetterCounts } = this.counters;
    const deadLetterOutbox = new DeadLetterOutbox(clock);
    this.dispatches = new DispatchSchedule(clock);
    const readRetries = new ReadRetries(clock, (queue, error) => {
      this.events.emit('queue.unreadable', { name: queue, vhost: name, error });
    });
    const expire = (queue: string) => this.expireQueue(queue);
    const onDeadLetterCycle = (queue: string, target: string) => {
      this.events.emit('queue.dead_letter_cycle', { name: queue, vhost: name, target });
    };
    this.environment = {
      store,
      outgoing,
      clock,
      publisher,
      consumerTimeouts,
      deadLetterOutbox,
      dispatches: this.dispatches,
      readRetries,
      deadLetterCounts,
      deliveryLatency,
      expire,
      onDeadLetterCycle,
      identities,
    };
    this.addPredeclaredExchanges();
  }

  private addPredeclaredExchanges(): void {
    const properties = { durable: true, autoDelete: false, arguments: EMPTY_TABLE };
    const direct = { ...properties, type: 'direct', internal: false };
    this.exchanges.set(DEFAULT_EXCHANGE, new Exchange('', this.name, direct, new DefaultIndex(this.queues)));
    for (const { name, type, internal } of predeclaredExchanges(this.name)) {
      const index = this.newIndex(name, exchangeType(type)!, EMPTY_TABLE);
      this.exchanges.set(name, new Exchange(name, this.name, { ...properties, type, internal }, index));
    }
  }

  private newIndex(exchange: string, type: ExchangeType, args: FieldTable): BindingIndex {
    return type({ arguments: args, resource: resourceName('exchange', exchange, this.name), store: this.store });
  }

  // Publishing

  /** The message's route, if it was found before and still holds. */
  knownRoute(message: Message): Route | undefined {
    return this.routes.find(message, this.epoch);
  }

  /** Whether a route that was found earlier still holds. */
  holds(route: Route): boolean {
    return route.epoch === this.epoch;
  }

  /** Finds where the message goes by its key, and remembers it. @throws AmqpError NOT_FOUND if its exchange does not exist */
  findRoute(message: Message): Route {
    const exchange = this.exchange(message.exchange);
    const octets = Buffer.from(message.route.subarray(message.routeStart, message.routeEnd));
    const { routingKey } = message;
    const isReply = exchange.name === DEFAULT_EXCHANGE && namesReplies(routingKey);
    const found = isReply ? NOT_KEYED : this.router.routeByKey(exchange, routingKey, message);
    const route = { octets, exchange, ...found, epoch: this.epoch };
    this.routes.put(route);
    return route;
  }

  /**
   * Where a message goes whose route depends on more than exchange and routing key: the exchanges on the way look at it,
   * and a reply has gone to whoever waits for it.
   * @param routingKeys more than its own, where its sender has selected more
   */
  destinationsOf(
    exchange: Exchange,
    message: Message,
    routingKeys: readonly string[] = [message.routingKey],
  ): Destinations {
    if (exchange.name === DEFAULT_EXCHANGE) this.replyConsumers.deliver(routingKeys, message);
    return this.router.route(exchange, routingKeys, message);
  }

  /** Has every route looked up anew, with its permissions, because what somebody may do has changed. */
  forgetRoutes(): void {
    this.epoch++;
  }

  /** The same for a message that the exchange has kept so far: it goes straight to the bindings. */
  destinationsOnward(
    exchange: Exchange,
    message: Message,
    routingKeys: readonly string[] = [message.routingKey],
  ): Destinations {
    return this.router.routeOnward(exchange, routingKeys, message);
  }

  // Exchanges

  /** @throws AmqpError NOT_FOUND */
  exchange(name: string): Exchange {
    const exchange = this.exchanges.get(name);
    if (exchange === undefined) {
      throw new AmqpError('NOT_FOUND', `no ${resourceName('exchange', name, this.name)}`);
    }
    return exchange;
  }

  /** Creates the exchange, or checks that the one there is agrees. @throws AmqpError if it does not, or can't be */
  declareExchange(name: string, properties: ExchangeProperties): Exchange {
    const type = requiredType(properties.type);
    const existing = this.exchanges.get(name);
    if (existing !== undefined) {
      assertEquivalentExchange(existing, properties);
      return existing;
    }
    this.heap.requireRoomForDefinitions();
    refuseReservedName('exchange', name);
    validateExchangeArguments(properties.arguments, resourceName('exchange', name, this.name));
    const index = this.newIndex(name, type, properties.arguments);
    const exchange = new Exchange(name, this.name, properties, index);
    exchange.features = ExchangeFeatures.of(exchange, this.environment);
    this.journal.exchangeDeclared(exchange);
    this.exchanges.set(name, exchange);
    this.policies.applyToExchange(exchange);
    this.epoch++;
    this.events.emit('exchange.created', exchange);
    return exchange;
  }

  /** Has the exchange behave otherwise from now on. */
  configureExchange(exchange: Exchange, settings: ExchangeSettings): void {
    exchange.settings = settings;
    this.epoch++;
  }

  /** Deletes the exchange with all its bindings, if there is one. @throws AmqpError if it may not be deleted */
  deleteExchange(name: string, ifUnused: boolean): void {
    refuseSystemExchange(name, this.name);
    const exchange = this.exchanges.get(name);
    if (exchange === undefined) return;
    if (ifUnused && exchange.bindingCount > 0) throw new AmqpError('PRECONDITION_FAILED', `${exchange} in use`);
    const removal = new RemovalCascade(this.exchanges);
    removal.removeExchange(exchange);
    this.removed(removal);
  }

  // Bindings

  /** Binds them, unless they are bound like that already. The destination gets what the exchange has kept for new ones. */
  bind(source: Exchange, destination: Destination, routingKey: string, args: FieldTable): void {
    if (!source.bind(destination, routingKey, args)) return;
    try {
      this.heap.requireRoomForDefinitions();
      this.journal.bound({ source, destination, routingKey, arguments: args });
    } catch (error) {
      source.unbind(destination, routingKey, args);
      throw error;
    }
    this.epoch++;
    this.events.emit('binding.created', { source, destination, routingKey, arguments: args });
    const kept = source.index.recent?.() ?? [];
    if (kept.length > 0) replay(kept, destination, this.store, this);
  }

  unbind(source: Exchange, destination: Destination, routingKey: string, args: FieldTable): void {
    if (!source.unbind(destination, routingKey, args)) return;
    const removal = new RemovalCascade(this.exchanges);
    removal.bindingRemoved({ source, destination, routingKey, arguments: args });
    this.removed(removal);
  }

  private removed(removal: Removal): void {
    this.counters.removed(removal);
    this.epoch++;
    this.journal.removed(removal);
    for (const queue of removal.queues) this.events.emit('queue.deleted', queue);
    for (const exchange of removal.exchanges) this.events.emit('exchange.deleted', exchange);
    for (const binding of removal.bindings) this.events.emit('binding.deleted', binding);
  }

  // Queues

  /** @param user the connection that asks: others may not touch an exclusive queue. @throws AmqpError NOT_FOUND, RESOURCE_LOCKED */
  queue(name: string, user: object): Queue {
    const queue = this.queues.get(name);
    if (queue === undefined) throw new AmqpError('NOT_FOUND', `no ${resourceName('queue', name, this.name)}`);
    requireUnlocked(queue, user);
    return queue;
  }

  /** Creates the queue, or checks that the one there is agrees. @throws AmqpError if it does not, or can't be */
  declareQueue(name: string, properties: QueueProperties, user: object): Queue {
    refuseReservedName('queue', name);
    this.counters.queuesDeclared++;
    const existing = this.queues.get(name);
    if (existing === undefined) return this.addQueue(name, properties, ownerOf(properties, user));
    try {
      if (existing.owner !== ownerOf(properties, user)) refuseLocked(existing);
      assertEquivalentQueue(existing, properties);
    } catch (error) {
      if (error instanceof InequivalentError) this.tellRedeclared(name, error);
      throw error;
    }
    return existing;
  }

  private tellRedeclared(name: string, { argument, received, current }: InequivalentError): void {
    this.events.emit('queue.redeclared', { name, vhost: this.name, argument, received, current });
  }

  /** Creates a queue under a name that the server has generated for the user. */
  declareGeneratedQueue(name: string, properties: QueueProperties, user: object): Queue {
    this.counters.queuesDeclared++;
    return this.addQueue(name, properties, ownerOf(properties, user));
  }

  /** Creates a queue with a name that a client could not choose. */
  addQueue(name: string, properties: QueueProperties, owner: object | undefined): Queue {
    requireQueueRoom(this, name);
    this.heap.requireRoomForDefinitions();
    const resource = resourceName('queue', name, this.name);
    validateQueueType(properties.arguments, resource);
    validateAsOfType(properties, resource);
    const queue = new Queue(name, this.name, properties, owner, this.environment);
    this.journal.queueDeclared(queue);
    this.queues.set(name, queue);
    this.counters.queuesCreated++;
    this.policies.applyToQueue(queue);
    this.exclusiveQueues.add(queue);
    this.epoch++;
    this.events.emit('queue.created', queue);
    return queue;
  }

  /**
   * Deletes the queue with its messages and bindings; returns how many messages were ready. Its consumers are told by
   * `cancelConsumers`, once whoever asked has the answer.
   */
  deleteQueue(queue: Queue): number {
    this.queues.delete(queue.name);
    this.exclusiveQueues.delete(queue);
    const removal = new RemovalCascade(this.exchanges);
    removal.removeQueue(queue);
    this.removed(removal);
    return queue.delete();
  }

  /** An auto-delete queue goes with its last consumer (never before it has had a first one). */
  afterUnsubscribe(queue: Queue): void {
    if (queue.properties.autoDelete && queue.consumerCount === 0 && !queue.isDeleted) this.deleteQueue(queue);
  }

  private expireQueue(name: string): void {
    const queue = this.queues.get(name);
    if (queue === undefined) return;
    this.deleteQueue(queue);
    queue.cancelConsumers();
  }

  /** Deletes the exclusive queues of a connection that is gone. */
  deleteQueuesOf(owner: object): void {
    for (const queue of this.exclusiveQueues.take(owner)) {
      this.deleteQueue(queue);
      queue.cancelConsumers();
    }
  }

  /** Drops everything, without a note, in slices of time. Nobody may declare anything any more; its connections are closed next. */
  async delete(): Promise<void> {
    this.journal = NO_JOURNAL;
    const slices = new TimeSlices();
    const { performedBy } = this.events;
    await slices.each(this.queues.values(), (queue) => {
      this.events.by(performedBy, () => this.deleteQueue(queue));
      queue.cancelConsumers();
    });
    await slices.each(this.exchanges.values(), (exchange) => {
      exchange.index.close?.();
      exchange.features?.close();
      this.counters.removed({ exchanges: [exchange], queues: [], bindings: [] });
    });
    this.exchanges.clear();
    this.epoch++;
  }
}

function ownerOf({ exclusive }: QueueProperties, user: object): object | undefined {
  return exclusive ? user : undefined;
}
