import type { Change, Json } from '../storage/definitions/definition-line.ts';
import type { DefinitionsLog } from '../storage/definitions/definitions-log.ts';
import { type DefinitionsJournal, NO_JOURNAL } from './definitions-journal.ts';
import { BrokerEvents } from './events/broker-events.ts';
import { noteChanges } from './note-changes.ts';
import { OperationError } from './operation-error.ts';
import { NO_METADATA, type VirtualHost, type VirtualHostMetadata } from './vhost.ts';

/** Names of virtual hosts and users travel as short strings. */
const NAME_LIMIT_OCTETS = 255;

/** The virtual hosts of a broker, which come and go while it runs. What it notes is on disk once that was committed. */
export class VirtualHosts {
  /** Where what happens in the broker is told. */
  readonly events: BrokerEvents = new BrokerEvents();
  private readonly newVhost: (name: string) => VirtualHost;
  private readonly log: DefinitionsLog | undefined;
  private readonly vhosts = new Map<string, VirtualHost>();
  private readonly deletionListeners: ((vhost: VirtualHost) => void)[] = [];
  private journal: DefinitionsJournal = NO_JOURNAL;

  /**
   * Brings back those that are noted, without what is in them.
   *
   * @param newVhost makes one that is empty
   * @param log undefined: nothing survives a restart
   */
  constructor(newVhost: (name: string) => VirtualHost, log: DefinitionsLog | undefined) {
    this.newVhost = newVhost;
    this.log = log;
    for (const { value } of log?.definitions<StoredVirtualHost>('vhost') ?? []) {
      const { name, metadata } = value;
      this.open(name, metadata === undefined ? NO_METADATA : metadataFromJson(metadata));
    }
  }

  get(name: string): VirtualHost | undefined {
    return this.vhosts.get(name);
  }

  /** @throws OperationError if there is no such virtual host */
  require(name: string): VirtualHost {
    const vhost = this.vhosts.get(name);
    if (vhost === undefined) throw new OperationError(`vhost '${name}' does not exist`, { isMissing: true });
    return vhost;
  }

  /** The oldest first. */
  values(): Iterable<VirtualHost> {
    return this.vhosts.values();
  }

  /** From now on what is declared in virtual hosts is noted in the journal. */
  beginNoting(journal: DefinitionsJournal): void {
    this.journal = journal;
    for (const vhost of this.vhosts.values()) vhost.journal = journal;
  }

  /** Calls the listener whenever a virtual host was deleted. */
  onDeleted(listener: (vhost: VirtualHost) => void): void {
    this.deletionListeners.push(listener);
  }

  /**
   * Adds the virtual host, or gives the one of that name other metadata.
   *
   * @throws OperationError for a name that can't be one; AmqpError if it can't be noted: then nothing has changed
   */
  put(name: string, metadata: VirtualHostMetadata = NO_METADATA): void {
    requireName('vhost', name);
    noteChanges(this.log, [['put', 'vhost', [name], { name, metadata: metadataToJson(metadata) }]]);
    const existing = this.vhosts.get(name);
    if (existing !== undefined) {
      existing.metadata = metadata;
      return;
    }
    this.open(name, metadata).journal = this.journal;
    const { description, tags } = metadata;
    this.events.emit('vhost.created', { name, description, tags });
  }

  /**
   * Deletes the virtual host with all that is in it, and with the permissions for it.
   *
   * @throws OperationError if there is none; AmqpError if that can't be noted: then nothing has changed
   */
  delete(name: string): void {
    const vhost = this.require(name);
    noteChanges(this.log, this.removalOf(name));
    this.vhosts.delete(name);
    vhost.delete();
    this.events.emit('vhost.deleted', { name });
    for (const listener of this.deletionListeners) listener(vhost);
  }

  /** Everything of any kind that is noted as being in the virtual host goes with it, in one line: all of it or nothing. */
  private removalOf(name: string): Change[] {
    const { log } = this;
    const changes: Change[] = [];
    for (const kind of log?.kinds ?? []) {
      for (const { key, value } of log!.definitions(kind)) {
        if ((value as { readonly vhost?: Json } | null)?.vhost === name) changes.push(['remove', kind, key]);
      }
    }
    return [...changes, ['remove', 'vhost', [name]]];
  }

  private open(name: string, metadata: VirtualHostMetadata): VirtualHost {
    const vhost = this.newVhost(name);
    vhost.metadata = metadata;
    vhost.events = this.events;
    this.vhosts.set(name, vhost);
    return vhost;
  }
}

/** @throws OperationError unless it is a text of 1 to 255 octets */
export function requireName(kind: 'vhost' | 'user', name: string): void {
  const sizeOctets = Buffer.byteLength(name);
  if (sizeOctets > 0 && sizeOctets <= NAME_LIMIT_OCTETS) return;
  throw new OperationError(`the name of a ${kind} has 1 to ${NAME_LIMIT_OCTETS} octets, and not ${sizeOctets}`);
}

/** As they stand in definitions files. */
export interface StoredMetadata {
  readonly description: string;
  readonly tags: readonly string[];
  readonly default_queue_type?: string;
}

interface StoredVirtualHost {
  readonly name: string;
  /** Missing in what earlier versions wrote. */
  readonly metadata?: StoredMetadata;
}

/** As it stands in definitions files, and on disk. */
export function metadataToJson({ description, tags, defaultQueueType }: VirtualHostMetadata): {
  readonly [name: string]: Json;
} {
  const queueType = defaultQueueType === undefined ? {} : { default_queue_type: defaultQueueType };
  return { description, tags, ...queueType };
}

export function metadataFromJson({ description, tags, default_queue_type }: StoredMetadata): VirtualHostMetadata {
  return { description, tags, defaultQueueType: default_queue_type };
}
