import type { UserRecord } from '../../auth/user-directory.ts';
import { waitingCount } from '../../broker/queue/waiting-messages.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import { metadataToJson } from '../../broker/virtual-hosts.ts';
import type { UserLimits } from '../../server/accounts/user-limits.ts';
import type { Users } from '../../server/accounts/users.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import type { JsonObject } from '../listing/columns.ts';

export function userView({ name, passwordHash, hashingAlgorithm, tags }: UserRecord, limits: UserLimits): JsonObject {
  return {
    name,
    password_hash: passwordHash,
    hashing_algorithm: hashingAlgorithm,
    tags,
    limits: limits.shareOf(name).limits as Json,
  };
}

export function vhostView(vhost: VirtualHost, node: string): JsonObject {
  const { name, metadata } = vhost;
  const { description, tags, defaultQueueType } = metadata;
  let [ready, unacked] = [0, 0];
  for (const queue of vhost.queues.values()) {
    ready += waitingCount(queue);
    unacked += queue.unackedCount;
  }
  return {
    name,
    description,
    tags,
    default_queue_type: defaultQueueType ?? 'undefined',
    metadata: metadataToJson(metadata),
    tracing: vhost.firehose !== undefined,
    cluster_state: { [node]: 'running' },
    messages: ready + unacked,
    messages_ready: ready,
    messages_unacknowledged: unacked,
  };
}

/** What a user may do in a virtual host. */
export interface PermissionView extends JsonObject {
  readonly user: string;
  readonly vhost: string;
}

export function permissionViews({ name: user, permissions }: UserRecord): PermissionView[] {
  return [...permissions].map(([vhost, { configure, write, read }]) => ({ user, vhost, configure, write, read }));
}

export function topicPermissionViews(users: Users, user: string, vhosts: Iterable<VirtualHost>): JsonObject[] {
  const permissions = users.find(user)?.topicPermissions;
  return [...vhosts].flatMap(({ name: vhost }) =>
    Array.from(permissions?.in(vhost) ?? [], ([exchange, { patterns }]) => {
      return { user, vhost, exchange, write: patterns.write, read: patterns.read };
    }),
  );
}
