import type { Change, Json } from '../storage/definitions/definition-line.ts';
import type { DefinitionsLog } from '../storage/definitions/definitions-log.ts';
import { TimeSlices } from '../time/time-slices.ts';
import { type DefinitionsJournal, NO_JOURNAL } from './definitions-journal.ts';
import { BrokerEvents } from './events/broker-events.ts';
import { noteChanges } from './note-changes.ts';
import { OperationError } from './operation-error.ts';
import { NO_METADATA, type VirtualHost, type VirtualHostMetadata } from './vhost.ts';

/** Names of virtual hosts and users travel as short strings. */
const NAME_LIMIT_OCTETS = 255;

/** So many definitions are looked through in one go. */
const DEFINITIONS_AT_ONCE = 256;

type DeletionListener = (vhost: VirtualHost) => void;

/** The virtual hosts of a broker, which come and go while it runs. What it notes is on disk once that was committed. */
export class VirtualHosts {
  /** Where what happens in the broker is told. */
  readonly events: BrokerEvents = new BrokerEvents();
  private readonly newVhost: (name: string) => VirtualHost;
  private readonly log: DefinitionsLog | undefined;
  private readonly vhosts = new Map<string, VirtualHost>();
  /** Those whose deletion has begun; undefined: there is nothing left but notes. */
  private readonly deleting = new Map<string, VirtualHost | undefined>();
  /** Deleted ones of which something is noted still, since the disk had failed. */
  private readonly unforgotten = new Set<string>();
  private readonly deletionListeners = { begins: [] as DeletionListener[], ended: [] as DeletionListener[] };
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
      const { name, metadata, deleted = false } = value;
      if (deleted) this.forgetNow(name);
      else this.open(name, metadata === undefined ? NO_METADATA : metadataFromJson(metadata));
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

  /** Also those that have something left while they are being deleted. */
  *all(): Generator<VirtualHost> {
    yield* this.vhosts.values();
    for (const vhost of this.deleting.values()) if (vhost !== undefined) yield vhost;
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

  /** Calls the listener whenever a virtual host is about to be deleted: nobody may do anything there any more. */
  onDeletion(listener: DeletionListener): void {
    this.deletionListeners.begins.push(listener);
  }

  /** Calls the listener whenever there is nothing left in a virtual host that is being deleted. */
  onDeleted(listener: DeletionListener): void {
    this.deletionListeners.ended.push(listener);
  }

  /**
   * Adds the virtual host, or gives the one of that name other metadata.
   *
   * @throws OperationError for a name that can't be one; AmqpError if it can't be noted: then nothing has changed
   */
  put(name: string, metadata: VirtualHostMetadata = NO_METADATA): void {
    requireName('vhost', name);
    if (this.deleting.has(name)) throw new OperationError(`vhost '${name}' is being deleted`);
    if (this.unforgotten.has(name)) this.forgetNow(name);
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
   * Deletes the virtual host with all that is in it, and with the permissions for it. Nobody finds it from now on, and after a
   * crash it is gone; the rest is done in slices of time.
   *
   * @returns resolves when it is done
   * @throws OperationError if there is none; AmqpError if that can't be noted: then nothing has changed
   */
  async delete(name: string): Promise<void> {
    const vhost = this.require(name);
    noteChanges(this.log, [
      ['put', 'vhost', [name], { name, metadata: metadataToJson(vhost.metadata), deleted: true }],
    ]);
    this.vhosts.delete(name);
    this.deleting.set(name, vhost);
    for (const listener of this.deletionListeners.begins) listener(vhost);
    const { performedBy } = this.events;
    await vhost.delete();
    this.deleting.set(name, undefined);
    this.events.by(performedBy, () => this.events.emit('vhost.deleted', { name }));
    for (const listener of this.deletionListeners.ended) listener(vhost);
    try {
      await this.forget(name);
    } catch (error) {
      this.unforgotten.add(name);
      throw error;
    } finally {
      this.deleting.delete(name);
    }
  }

  /** Everything of any kind that is noted as being in the virtual host goes with it. */
  private async forget(name: string): Promise<void> {
    const slices = new TimeSlices();
    for (const changes of this.removalOf(name)) {
      noteChanges(this.log, changes, { isPart: true });
      if (slices.isOverNow) await slices.next();
    }
    noteChanges(this.log, [['remove', 'vhost', [name]]]);
  }

  /** In parts that take about a millisecond each; some may be empty. */
  private *removalOf(name: string): Generator<readonly Change[]> {
    const { log } = this;
    for (const kind of log?.kinds ?? []) {
      let changes: Change[] = [];
      let count = 0;
      for (const { key, value } of log!.definitions(kind)) {
        if (kind !== 'vhost' && isIn(name, value)) changes.push(['remove', kind, key]);
        if (++count % DEFINITIONS_AT_ONCE !== 0) continue;
        yield changes;
        changes = [];
      }
      yield changes;
    }
  }

  /** What a crash has kept from being forgotten. */
  private forgetNow(name: string): void {
    const changes = [...this.removalOf(name)].flat();
    noteChanges(this.log, [...changes, ['remove', 'vhost', [name]]]);
    this.unforgotten.delete(name);
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
  /** Its deletion had begun. */
  readonly deleted?: boolean;
  /** Missing in what earlier versions wrote. */
  readonly metadata?: StoredMetadata;
}

function isIn(vhost: string, definition: Json): boolean {
  return (definition as { readonly vhost?: Json } | null)?.vhost === vhost;
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
