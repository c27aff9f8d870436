import type { Change, DefinitionKey, Json } from '../storage/definitions/definition-line.ts';
import type { DefinitionsLog } from '../storage/definitions/definitions-log.ts';
import type { DiskRetries } from '../storage/disk/disk-retries.ts';
import { isSystemError } from '../storage/disk/system-error.ts';
import { DurableNumbers } from '../storage/durable-numbers.ts';
import { argumentsToJson } from './arguments-json.ts';
import { type Binding, type Destination, tableIdentity } from './binding.ts';
import type { DefinitionsJournal, Removal } from './definitions-journal.ts';
import { directoryFailure } from './directory-failure.ts';
import type { Exchange } from './exchange/exchange.ts';
import type { Queue } from './queue/queue.ts';

/** Notes what is durable in the definitions log, each in the shape that it has in RabbitMQ's definitions files. */
export class DurableDefinitions implements DefinitionsJournal {
  private readonly log: DefinitionsLog;
  private readonly retries: DiskRetries | undefined;
  private readonly queueNumbers: DurableNumbers;
  /** Removals that could not be noted. */
  private owed: Change[] = [];
  private readonly retryRunner = () => this.hasPaidOwed();

  /** @param retries notes removals later that the disk does not take now; undefined: the next change does */
  constructor(log: DefinitionsLog, retries?: DiskRetries) {
    this.log = log;
    this.retries = retries;
    this.queueNumbers = new DurableNumbers(log, 'queues');
  }

  get isCommitted(): boolean {
    return this.log.isCommitted;
  }

  exchangeDeclared(exchange: Exchange): void {
    if (!exchange.properties.durable) return;
    for (const keeper of exchange.features?.keepers ?? []) keeper.durableId = this.nextQueueNumber();
    this.note(['put', 'exchange', keyOf(exchange), exchangeToJson(exchange)]);
  }

  queueDeclared(queue: Queue): void {
    const { durable, exclusive } = queue.properties;
    if (!durable || exclusive) return;
    queue.durableId = this.nextQueueNumber();
    this.note(['put', 'queue', keyOf(queue), queueToJson(queue)]);
  }

  queueChanged(queue: Queue): void {
    if (queue.durableId !== 0) this.note(['put', 'queue', keyOf(queue), queueToJson(queue)]);
  }

  private nextQueueNumber(): number {
    try {
      return this.queueNumbers.next();
    } catch (error) {
      throw directoryFailure(error);
    }
  }

  bound(binding: Binding): void {
    if (isDurable(binding)) this.note(['put', 'binding', bindingKey(binding), bindingToJson(binding)]);
  }

  removed({ exchanges, queues, bindings }: Removal): void {
    const changes: Change[] = [
      ...bindings.filter(isDurable).map((binding): Change => ['remove', 'binding', bindingKey(binding)]),
      ...exchanges.filter(isDurableEnd).map((exchange): Change => ['remove', 'exchange', keyOf(exchange)]),
      ...queues.filter(isDurableEnd).map((queue): Change => ['remove', 'queue', keyOf(queue)]),
    ];
    if (changes.length === 0) return;
    this.owed.push(...changes);
    if (!this.hasPaidOwed()) this.retries?.add(this.retryRunner); // whoever asked for it gets to know by `requireNoted`
  }

  /** Returns whether nothing is owed any more. */
  private hasPaidOwed(): boolean {
    try {
      if (this.owed.length > 0) this.payOwed();
      return true;
    } catch (error) {
      if (error !== this.log.failure && !isSystemError(error)) throw error;
      return false;
    }
  }

  requireNoted(): void {
    if (this.owed.length === 0) return;
    try {
      this.payOwed();
    } catch (error) {
      throw directoryFailure(error);
    }
  }

  private note(change: Change): void {
    try {
      this.log.write([...this.owed, change]);
      this.owed = [];
    } catch (error) {
      throw directoryFailure(error);
    }
  }

  private payOwed(): void {
    this.log.write(this.owed);
    this.owed = [];
  }
}

function isDurable({ source, destination }: Binding): boolean {
  return isDurableEnd(source) && isDurableEnd(destination);
}

function isDurableEnd(end: Destination): boolean {
  return end.kind === 'queue' ? (end as Queue).durableId !== 0 : (end as Exchange).properties.durable;
}

function keyOf({ vhost, name }: Exchange | Queue): DefinitionKey {
  return [vhost, name];
}

function bindingKey({ source, destination, routingKey, arguments: args }: Binding): DefinitionKey {
  const identity = Buffer.from(tableIdentity(args), 'latin1').toString('base64');
  return [source.vhost, source.name, destination.kind, destination.name, routingKey, identity];
}

/** With one thing that definitions files lack: the names on disk of what keeps messages in it. */
function exchangeToJson({ name, vhost, properties, features }: Exchange): Json {
  const { type, durable, autoDelete, internal, arguments: args } = properties;
  const json = { name, vhost, type, durable, auto_delete: autoDelete, internal, arguments: argumentsToJson(args) };
  return features === undefined ? json : { ...json, durable_ids: features.keepers.map(({ durableId }) => durableId) };
}

/** With two things that definitions files lack: the queue's name on disk, and whether it is paused. */
function queueToJson({ name, vhost, properties, durableId, isPaused }: Queue): Json {
  const { durable, autoDelete, arguments: args } = properties;
  const state = isPaused ? { paused: true } : {};
  const json = { name, vhost, durable, auto_delete: autoDelete, arguments: argumentsToJson(args) };
  return { ...json, durable_id: durableId, ...state };
}

function bindingToJson({ source, destination, routingKey, arguments: args }: Binding): Json {
  return {
    source: source.name,
    vhost: source.vhost,
    destination: destination.name,
    destination_type: destination.kind,
    routing_key: routingKey,
    arguments: argumentsToJson(args),
  };
}
