import { EVERYTHING, type PermissionPatterns } from '../auth/permissions.ts';
import type { TopicPatterns } from '../auth/topic-permissions.ts';
import { OperationError } from '../broker/operation-error.ts';
import { type BrowsedMessage, type BrowseOptions, browseMessages } from '../broker/operations/browse-messages.ts';
import { type MoveOptions, moveMessages } from '../broker/operations/move-messages.ts';
import { pauseQueue, resumeQueue } from '../broker/operations/pause-queue.ts';
import type { RelocationResult } from '../broker/operations/relocation.ts';
import { type ReplayOptions, replayDeadLetters } from '../broker/operations/replay-dead-letters.ts';
import { startTracing, stopTracing } from '../broker/operations/trace-vhost.ts';
import type { PolicyInput, PolicyKind } from '../broker/policy/policy.ts';
import type { Queue } from '../broker/queue/queue.ts';
import { resourceName } from '../broker/resource-name.ts';
import type { VirtualHostMetadata } from '../broker/vhost.ts';
import type { Json } from '../storage/definitions/definition-line.ts';
import { requireTopicPatterns } from './accounts/topic-access.ts';
import { hashedPassword, NO_PASSWORD, requirePatterns } from './accounts/users.ts';
import type { ServerContext } from './context/server-context.ts';
import {
  type DefinitionSections,
  exportDefinitions,
  exportVhostDefinitions,
} from './definitions/export-definitions.ts';
import { type ImportReport, importDefinitions } from './definitions/import-definitions.ts';
import { readDefinitions } from './definitions/read-definitions.ts';
import { type RuntimeParameter, RuntimeParameters } from './definitions/runtime-parameters.ts';
import { ResourceLimits } from './resource-limits.ts';

/** What a new user is to have. */
export interface NewUser {
  readonly name: string;
  /** Undefined: none, so that nobody can log in with one. */
  readonly password: string | undefined;
  readonly tags: readonly string[];
}

type Parts = Pick<
  ServerContext,
  | 'config'
  | 'nodeName'
  | 'vhosts'
  | 'users'
  | 'policies'
  | 'vhostLimits'
  | 'userLimits'
  | 'topicAccess'
  | 'globalParameters'
  | 'store'
  | 'journal'
  | 'commit'
  | 'memoryAlarm'
  | 'durable'
  | 'log'
>;

/**
 * What whoever runs the broker can do while it runs. Each operation resolves once what it changed is on disk; before, it
 * holds already. All of them reject with an `OperationError` if what they are given makes no sense or is not there, and with
 * an `AmqpError` if it can't be noted: then nothing has changed.
 */
export class Administration {
  private readonly parts: Parts;
  readonly parameters: RuntimeParameters;
  readonly resourceLimits: ResourceLimits;

  constructor(parts: Parts) {
    this.parts = parts;
    this.parameters = new RuntimeParameters(parts);
    this.resourceLimits = new ResourceLimits(parts);
  }

  /**
   * Adds a virtual host; gives one that is there the metadata.
   * @param creator the user who may do everything in a new one, as nobody else may; undefined: nobody may do anything
   */
  async putVhost(name: string, metadata?: VirtualHostMetadata, creator?: string): Promise<void> {
    const { vhosts, users } = this.parts;
    const isNew = vhosts.get(name) === undefined;
    vhosts.put(name, metadata);
    if (isNew && creator !== undefined) users.setPermissions(creator, name, EVERYTHING);
    await this.committed();
  }

  /** Deletes all that is in the virtual host, and closes its connections. */
  async deleteVhost(name: string): Promise<void> {
    await this.parts.vhosts.delete(name);
    await this.committed();
  }

  /** Adds a user without permissions; gives one that is there the password and the tags. */
  async putUser({ name, password, tags }: NewUser): Promise<void> {
    this.parts.users.put(name, password === undefined ? NO_PASSWORD : hashedPassword(password), tags);
    await this.committed();
  }

  /** @param password undefined: the user can't log in with one any more */
  async changePassword(user: string, password: string | undefined): Promise<void> {
    this.parts.users.changePassword(user, password === undefined ? NO_PASSWORD : hashedPassword(password));
    await this.committed();
  }

  async setTags(user: string, tags: readonly string[]): Promise<void> {
    this.parts.users.setTags(user, tags);
    await this.committed();
  }

  /** Deletes the user and its permissions, and closes its connections. */
  async deleteUser(name: string): Promise<void> {
    this.parts.users.delete(name);
    await this.committed();
  }

  async setPermissions(user: string, vhost: string, patterns: PermissionPatterns): Promise<void> {
    requirePatterns(patterns);
    this.parts.users.setPermissions(user, vhost, patterns);
    await this.committed();
  }

  async clearPermissions(user: string, vhost: string): Promise<void> {
    this.parts.users.clearPermissions(user, vhost);
    await this.committed();
  }

  /** Puts the policy into force on all queues and exchanges that it applies to. */
  async setPolicy(kind: PolicyKind, vhost: string, name: string, policy: PolicyInput): Promise<void> {
    this.parts.policies.set(kind, vhost, name, policy);
    await this.parts.policies.inForce(vhost);
    await this.committed();
  }

  /** Resolves to whether there was such a policy. */
  async clearPolicy(kind: PolicyKind, vhost: string, name: string): Promise<boolean> {
    const wasThere = this.parts.policies.clear(kind, vhost, name);
    await this.parts.policies.inForce(vhost);
    await this.committed();
    return wasThere;
  }

  /** Lets nothing out of the queue until it is resumed. */
  async pauseQueue(vhost: string, queue: string): Promise<void> {
    pauseQueue(this.parts.vhosts.require(vhost), this.queue(vhost, queue));
    await this.committed();
  }

  async resumeQueue(vhost: string, queue: string): Promise<void> {
    resumeQueue(this.parts.vhosts.require(vhost), this.queue(vhost, queue));
    await this.committed();
  }

  /** See `moveMessages`. Resolves with the error, if there is one: what was moved is moved. */
  async moveMessages(vhost: string, source: string, target: string, options?: MoveOptions): Promise<RelocationResult> {
    const ends = [this.queue(vhost, source), this.queue(vhost, target)] as const;
    return await moveMessages(this.parts, this.parts.vhosts.require(vhost), ...ends, options);
  }

  /** See `replayDeadLetters`. Resolves with the error, if there is one: what was moved is moved. */
  async replayDeadLetters(vhost: string, queue: string, options?: ReplayOptions): Promise<RelocationResult> {
    const source = this.queue(vhost, queue);
    return await replayDeadLetters(this.parts, this.parts.vhosts.require(vhost), source, options);
  }

  /** Publishes a copy of each message of the virtual host to `amq.rabbitmq.trace`, until it is stopped or the broker ends. */
  startTracing(vhost: string): void {
    startTracing(this.parts.vhosts.require(vhost), this.parts.nodeName);
  }

  stopTracing(vhost: string): void {
    stopTracing(this.parts.vhosts.require(vhost));
  }

  /** The first ready messages of the queue, which stay. */
  async browseMessages(vhost: string, queue: string, options: BrowseOptions): Promise<readonly BrowsedMessage[]> {
    return browseMessages(this.parts.store, this.queue(vhost, queue), options);
  }

  /** @throws OperationError if there is no such queue */
  private queue(vhost: string, name: string): Queue {
    const queue = this.parts.vhosts.require(vhost).queues.get(name);
    if (queue !== undefined) return queue;
    throw new OperationError(`${resourceName('queue', name, vhost)} does not exist`, { isMissing: true });
  }

  /** @param value negative: none */
  async setVhostLimit(vhost: string, name: string, value: Json): Promise<void> {
    this.parts.vhostLimits.set(vhost, name, value);
    await this.committed();
  }

  async clearVhostLimit(vhost: string, name: string): Promise<void> {
    this.parts.vhostLimits.clear(vhost, name);
    await this.committed();
  }

  /** @param value negative: none */
  async setUserLimit(user: string, name: string, value: Json): Promise<void> {
    this.parts.userLimits.set(user, name, value);
    await this.committed();
  }

  async clearUserLimit(user: string, name: string): Promise<void> {
    this.parts.userLimits.clear(user, name);
    await this.committed();
  }

  /** The whole broker as RabbitMQ's `definitions.json`, or one virtual host. */
  exportDefinitions(vhost?: string): { readonly [section: string]: Json } {
    const sections = Object.entries(this.definitionSections(vhost));
    return Object.fromEntries(sections.map(([name, section]) => [name, isMade(section) ? section : [...section]]));
  }

  /** The same where there may be too much of it to be made in one go: in parts that are made as they are asked for. */
  definitionSections(vhost?: string): DefinitionSections {
    const { parts } = this;
    return vhost === undefined ? exportDefinitions(parts) : exportVhostDefinitions(parts, parts.vhosts.require(vhost));
  }

  /**
   * Imports what RabbitMQ or this broker has exported: all of it, or into one virtual host what belongs to virtual hosts.
   * What makes no sense is found before anything has changed.
   *
   * @param importer the user who may do everything in new virtual hosts, unless it is said otherwise; undefined: nobody
   */
  async importDefinitions(json: Json, vhost?: string, importer?: string): Promise<ImportReport> {
    if (vhost !== undefined) this.parts.vhosts.require(vhost);
    const report = await importDefinitions(await readDefinitions(json, vhost), this.parts, importer);
    await this.committed();
    return report;
  }

  async setTopicPermissions(user: string, vhost: string, exchange: string, patterns: TopicPatterns): Promise<void> {
    requireTopicPatterns(patterns, user, vhost);
    this.parts.topicAccess.set(user, vhost, exchange, patterns);
    await this.committed();
  }

  /** @param exchange undefined: all of the virtual host */
  async clearTopicPermissions(user: string, vhost: string, exchange?: string): Promise<void> {
    this.parts.topicAccess.clear(user, vhost, exchange);
    await this.committed();
  }

  /** Operator policies and limits of virtual hosts, as RabbitMQ's parameters. */
  async setParameter(parameter: RuntimeParameter): Promise<void> {
    this.parameters.set(parameter);
    await this.parts.policies.inForce(parameter.vhost);
    await this.committed();
  }

  /** Resolves to whether there was such a parameter. */
  async clearParameter(component: string, vhost: string, name: string): Promise<boolean> {
    const wasThere = this.parameters.clear(component, vhost, name);
    await this.parts.policies.inForce(vhost);
    await this.committed();
    return wasThere;
  }

  async setGlobalParameter(name: string, value: Json): Promise<void> {
    this.parts.globalParameters.set(name, value);
    await this.committed();
  }

  /** Resolves to whether there was one of the name. */
  async clearGlobalParameter(name: string): Promise<boolean> {
    const wasThere = this.parts.globalParameters.clear(name);
    await this.committed();
    return wasThere;
  }

  private committed(): Promise<void> {
    return this.parts.commit.flushed();
  }
}

function isMade(section: DefinitionSections[string]): section is Json {
  return typeof section !== 'object' || section === null || Array.isArray(section) || !(Symbol.iterator in section);
}
