import { unusablePattern } from '../../auth/permissions.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import type { ServerContext } from '../context/server-context.ts';

type Parts = Pick<ServerContext, 'vhosts' | 'users' | 'log'>;

/** Logs the permissions and policies whose patterns can't be used: they allow nothing, and apply to nothing. */
export function logUnusablePatterns(parts: Parts): void {
  for (const { name: user, permissions } of parts.users.records) {
    for (const [vhost, patterns] of permissions) {
      const problem = unusablePattern(patterns)?.problem;
      if (problem !== undefined) parts.log.warn({ user, vhost, problem }, 'a permission allows nothing');
    }
  }
  for (const vhost of parts.vhosts.values()) {
    logTopicPermissions(parts, vhost);
    logPolicies(parts, vhost);
  }
}

function logTopicPermissions({ users, log }: Parts, { name: vhost }: VirtualHost): void {
  for (const { name: user } of users.records) {
    for (const [exchange, { unusablePattern: pattern }] of users.find(user)!.topicPermissions.in(vhost)) {
      const problem = pattern?.problem;
      if (problem !== undefined) log.warn({ user, vhost, exchange, problem }, 'a topic permission allows nothing');
    }
  }
}

function logPolicies({ log }: Parts, { name: vhost, policies }: VirtualHost): void {
  for (const kind of ['policy', 'operator_policy'] as const) {
    for (const { name, pattern } of policies.of(kind).values()) {
      if (pattern.fault !== undefined)
        log.warn({ [kind]: name, vhost, problem: pattern.problem }, 'a policy applies to nothing');
    }
  }
}
