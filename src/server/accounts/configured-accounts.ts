import type { VirtualHosts } from '../../broker/virtual-hosts.ts';
import type { Config } from '../../config/options.ts';
import type { Users } from './users.ts';

/**
 * Adds what the config says to the virtual hosts and users that the data directory knows. Of a user in both, everything is
 * as in the config. The default user is for brokers that have no users yet.
 */
export function addConfiguredAccounts(
  config: Pick<Config, 'vhosts' | 'users' | 'hasDefaultUsers'>,
  vhosts: VirtualHosts,
  users: Users,
): void {
  for (const name of config.vhosts) if (vhosts.get(name) === undefined) vhosts.put(name);
  const isForNobody = config.hasDefaultUsers && users.records.length > 0;
  for (const user of isForNobody ? [] : config.users) users.putRecord(user);
}
