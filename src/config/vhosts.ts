import { ConfigError, refused } from './config-error.ts';
import { expectList, isShortName } from './shape.ts';

const DEFAULT_VHOSTS: readonly string[] = ['/'];

/** The virtual hosts there are to be: at least one, no two alike. */
export function resolveVhosts(value: unknown = DEFAULT_VHOSTS): readonly string[] {
  const vhosts = expectList('vhosts', value).map((vhost, index) => {
    if (!isShortName(vhost)) throw refused(`vhosts[${index}]`, vhost, 'a name of 1 to 255 octets');
    return vhost;
  });
  if (vhosts.length === 0)
    throw new ConfigError('vhosts: an empty list is not allowed; give at least one virtual host');
  const twice = vhosts.find((vhost, index) => vhosts.indexOf(vhost) !== index);
  if (twice !== undefined) throw new ConfigError(`vhosts: ${JSON.stringify(twice)} is there twice`);
  return vhosts;
}
