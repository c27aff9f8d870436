import { type TopicPatterns, TopicPermission } from '../../auth/topic-permissions.ts';
import { noteChanges } from '../../broker/note-changes.ts';
import { OperationError } from '../../broker/operation-error.ts';
import type { VirtualHosts } from '../../broker/virtual-hosts.ts';
import type { Change } from '../../storage/definitions/definition-line.ts';
import type { DefinitionsLog } from '../../storage/definitions/definitions-log.ts';
import type { Users } from './users.ts';

const KIND = 'topic_permission';

/** As it stands in definitions files. */
interface StoredTopicPermission extends TopicPatterns {
  readonly user: string;
  readonly vhost: string;
  readonly exchange: string;
}

/** Sets and clears what users may do with topics. What it notes is on disk once that was committed. */
export class TopicAccess {
  private readonly vhosts: VirtualHosts;
  private readonly users: Users;
  private readonly log: DefinitionsLog | undefined;

  /**
   * Brings back what is noted.
   *
   * @param log undefined: nothing survives a restart
   */
  constructor(vhosts: VirtualHosts, users: Users, log: DefinitionsLog | undefined) {
    this.vhosts = vhosts;
    this.users = users;
    this.log = log;
    for (const { value } of log?.definitions<StoredTopicPermission>(KIND) ?? []) {
      const { user, vhost, exchange, write, read } = value;
      users.find(user)!.topicPermissions.set(vhost, exchange, new TopicPermission({ write, read }, user, vhost));
    }
    vhosts.onDeletion(({ name }) => {
      for (const record of users.records) users.find(record.name)!.topicPermissions.clearVhost(name);
    });
  }

  /**
   * Says with which routing keys the user may publish to the topic exchange and bind from it; also where it is connected
   * already. The exchange need not be there, nor be a topic exchange: then it has no effect.
   *
   * @throws OperationError if there is no such user or virtual host; AmqpError if it can't be noted: then nothing has changed
   * @param patterns one that can't be used allows nothing: see `requireTopicPatterns`
   */
  set(user: string, vhost: string, exchange: string, { write, read }: TopicPatterns): void {
    this.requireBoth(user, vhost);
    const permission = new TopicPermission({ write, read }, user, vhost);
    noteChanges(this.log, [['put', KIND, [user, vhost, exchange], { user, vhost, exchange, write, read }]]);
    this.users.find(user)!.topicPermissions.set(vhost, exchange, permission);
    this.changed(user, vhost);
    this.vhosts.events.emit('topic.permission.created', { user, vhost, exchange, write, read });
  }

  /**
   * From now on the user may use all topics of the exchange, or of all exchanges of the virtual host if none is named.
   *
   * @throws OperationError if there is no such user or virtual host; AmqpError if it can't be noted: then nothing has changed
   */
  clear(user: string, vhost: string, exchange?: string): void {
    this.requireBoth(user, vhost);
    const { topicPermissions } = this.users.find(user)!;
    const all = [...topicPermissions.in(vhost).keys()];
    const cleared = all.filter((name) => exchange === undefined || name === exchange);
    noteChanges(
      this.log,
      cleared.map((name): Change => ['remove', KIND, [user, vhost, name]]),
    );
    for (const name of cleared) topicPermissions.clear(vhost, name);
    this.changed(user, vhost);
    this.vhosts.events.emit('topic.permission.deleted', { user, vhost });
  }

  private requireBoth(user: string, vhost: string): void {
    this.users.require(user);
    this.vhosts.require(vhost);
  }

  /** Has open channels ask again. */
  private changed(user: string, vhost: string): void {
    this.users.find(user)!.permissionsEpoch++;
    this.vhosts.require(vhost).forgetRoutes();
  }
}

/** @throws OperationError if one of them is no regular expression, or none that is supported */
export function requireTopicPatterns(patterns: TopicPatterns, user: string, vhost: string): void {
  const unusable = new TopicPermission(patterns, user, vhost).unusablePattern;
  if (unusable !== undefined) throw new OperationError(unusable.problem);
}
