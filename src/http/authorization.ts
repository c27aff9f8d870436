import type { User } from '../auth/user-directory.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import type { VirtualHosts } from '../broker/virtual-hosts.ts';
import { hasTag } from './authentication.ts';
import { notAuthorised } from './http-error.ts';

/**
 * Who may use a route, besides having logged in. `user`: everybody with a tag of the API's; `vhost`: who may open the
 * virtual host in the path; `seen vhost`: they, and monitors; the others have the tag, or one that is above it.
 */
export type Access = 'anybody' | 'user' | 'vhost' | 'seen vhost' | 'policymaker' | 'monitoring' | 'administrator';

/** @param vhost the virtual host in the path @throws HttpError 401 */
export function requireAccess(access: Access, user: User, vhost: string | undefined): void {
  if (access === 'administrator' && !isAdministrator(user)) throw notAuthorised('Not administrator user');
  if (access === 'monitoring' && !isMonitor(user)) throw notAuthorised('Not monitor user');
  if (access === 'policymaker' && !mayMakePolicies(user, vhost)) {
    throw notAuthorised('User not authorised to access object');
  }
  const isOpened = access === 'vhost' || (access === 'seen vhost' && !isMonitor(user));
  if (isOpened && vhost !== undefined && !mayOpen(user, vhost)) {
    throw notAuthorised('User not authorised to access virtual host');
  }
}

export function isAdministrator(user: User): boolean {
  return hasTag(user, 'administrator');
}

/** May look at what belongs to others. */
export function isMonitor(user: User): boolean {
  return hasTag(user, 'monitoring', 'administrator');
}

function mayMakePolicies(user: User, vhost: string | undefined): boolean {
  if (isAdministrator(user)) return true;
  return hasTag(user, 'policymaker') && (vhost === undefined || mayOpen(user, vhost));
}

function mayOpen(user: User, vhost: string): boolean {
  return user.permissionsFor(vhost) !== undefined;
}

/** The virtual hosts that the user may open, by name. */
export function openableVhosts(vhosts: VirtualHosts, user: User): VirtualHost[] {
  return [...vhosts.values()].filter(({ name }) => mayOpen(user, name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}
