import { AmqpError } from '../protocol/amqp-error.ts';
import type { Json } from '../storage/definitions/definition-line.ts';
import type { DefinitionsLog } from '../storage/definitions/definitions-log.ts';
import { DataDirectoryError } from '../storage/disk/data-directory-error.ts';
import { argumentsFromJson } from './arguments-json.ts';
import type { VirtualHost } from './vhost.ts';

/** What `DurableDefinitions` notes of each kind. */
interface StoredExchange {
  readonly name: string;
  readonly vhost: string;
  readonly type: string;
  readonly durable: boolean;
  readonly auto_delete: boolean;
  readonly internal: boolean;
  readonly arguments: Json;
  readonly durable_ids?: readonly number[];
}

interface StoredQueue {
  readonly name: string;
  readonly vhost: string;
  readonly durable: boolean;
  readonly auto_delete: boolean;
  readonly arguments: Json;
  readonly durable_id: number;
  /** Missing: it is not. */
  readonly paused?: boolean;
}

interface StoredBinding {
  readonly source: string;
  readonly vhost: string;
  readonly destination: string;
  readonly destination_type: 'queue' | 'exchange';
  readonly routing_key: string;
  readonly arguments: Json;
}

type VirtualHosts = Pick<ReadonlyMap<string, VirtualHost>, 'get'>;

/**
 * Brings durable exchanges, queues and bindings back into virtual hosts that have nothing of their own yet, and note
 * nothing.
 *
 * @throws DataDirectoryError for something that this version knows nothing of
 */
export function restoreDefinitions(log: DefinitionsLog, vhosts: VirtualHosts): void {
  try {
    for (const { value } of log.definitions<StoredExchange>('exchange')) restoreExchange(value, vhosts);
    for (const { value } of log.definitions<StoredQueue>('queue')) restoreQueue(value, vhosts);
    for (const { value } of log.definitions<StoredBinding>('binding')) restoreBinding(value, vhosts);
  } catch (error) {
    if (!(error instanceof AmqpError)) throw error;
    throw new DataDirectoryError(
      `${log.path} defines what this version cannot restore (${error.message})`,
      'start it with the version that wrote it',
      { cause: error },
    );
  }
}

function restoreExchange(stored: StoredExchange, vhosts: VirtualHosts): void {
  const { name, type, durable, auto_delete: autoDelete, internal } = stored;
  const properties = { type, durable, autoDelete, internal, arguments: argumentsFromJson(stored.arguments) };
  const { features } = vhosts.get(stored.vhost)!.declareExchange(name, properties);
  for (const [i, keeper] of (features?.keepers ?? []).entries()) keeper.durableId = stored.durable_ids?.[i] ?? 0;
}

function restoreQueue(stored: StoredQueue, vhosts: VirtualHosts): void {
  const { name, durable, auto_delete: autoDelete } = stored;
  const properties = { durable, exclusive: false, autoDelete, arguments: argumentsFromJson(stored.arguments) };
  const queue = vhosts.get(stored.vhost)!.addQueue(name, properties, undefined);
  queue.durableId = stored.durable_id;
  if (stored.paused) queue.pause();
}

function restoreBinding(stored: StoredBinding, vhosts: VirtualHosts): void {
  const vhost = vhosts.get(stored.vhost)!;
  const { destination_type: kind, destination: name } = stored;
  const destination = kind === 'queue' ? vhost.queue(name, vhost) : vhost.exchange(name);
  vhost.bind(vhost.exchange(stored.source), destination, stored.routing_key, argumentsFromJson(stored.arguments));
}
