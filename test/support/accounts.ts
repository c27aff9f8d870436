/**
 * The virtual hosts and users that the checks log in to and as. Whatever broker they run against must have them;
 * `guest` may do everything everywhere.
 */
export const OTHER_VHOST = 'conformance';

export const VHOSTS = ['/', OTHER_VHOST] as const;

/** May use names that begin with `configure-`, `write-` and `read-` for just that, and `all-` for everything. */
export const LIMITED = { name: 'limited', password: 'limited-secret' } as const;

/** May log in, but has no permissions on any virtual host. */
export const OUTSIDER = { name: 'outsider', password: 'outsider-secret' } as const;

const LIMITED_PERMISSIONS = {
  configure: '^(configure|all)-',
  write: '^(write|all)-',
  read: '^(read|all)-',
} as const;

/** As `users` in Leveret's options. */
export const USERS = [
  { name: 'guest', password: 'guest' },
  { ...LIMITED, permissions: { '/': LIMITED_PERMISSIONS } },
  { ...OUTSIDER, permissions: {} },
] as const;

/** The same in the shape of RabbitMQ's definitions file. */
export function rabbitDefinitions(): object {
  const everything = { configure: '.*', write: '.*', read: '.*' };
  return {
    vhosts: VHOSTS.map((name) => ({ name })),
    users: USERS.map(({ name, password }) => ({ name, password, tags: name === 'guest' ? 'administrator' : '' })),
    permissions: [
      ...VHOSTS.map((vhost) => ({ user: 'guest', vhost, ...everything })),
      { user: LIMITED.name, vhost: '/', ...LIMITED_PERMISSIONS },
    ],
  };
}
