/** A user with one tag who may open the virtual host, and may do there with names just what is said here: nothing more. */
export interface Who {
  readonly tag?: 'management' | 'policymaker' | 'monitoring' | 'administrator';
  /** Default: the virtual host may be opened, and nothing be done in it; null: it may not be opened. */
  readonly may?: { readonly configure?: string; readonly write?: string; readonly read?: string } | null;
}

/** A route of the management API, who may use it, and the nearest who may not. */
export interface Row {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** As the API's description has it. */
  readonly route: string;
  /** The parts of the route that vary, beyond `vhost`, which is /. */
  readonly path?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly allowed: readonly Who[];
  readonly refused: readonly Who[];
  /** Whether it is an answer that goes on: then only its beginning is read. */
  readonly isStream?: boolean;
}

const ANYBODY = { allowed: [{ may: null }], refused: [] } as const;
/** Whoever has a tag and may open the virtual host. */
const OF_VHOST = { allowed: [{}], refused: [{ may: null }] } as const;
/** The same, and monitors. */
const SEEN_VHOST = { allowed: [{}, { tag: 'monitoring', may: null }], refused: [{ may: null }] } as const;
const MONITORING = {
  allowed: [
    { tag: 'monitoring', may: null },
    { tag: 'administrator', may: null },
  ],
  refused: [{}, { tag: 'policymaker' }],
} as const;
const ADMINISTRATOR = {
  allowed: [{ tag: 'administrator', may: null }],
  refused: [{}, { tag: 'policymaker' }, { tag: 'monitoring' }],
} as const;
const POLICYMAKER = {
  allowed: [{ tag: 'policymaker' }, { tag: 'administrator', may: null }],
  refused: [{}, { tag: 'policymaker', may: null }, { tag: 'monitoring' }],
} as const;
/** The same where there is no virtual host in the path. */
const ANY_POLICYMAKER = { ...POLICYMAKER, refused: [{}, { tag: 'monitoring' }] } as const;

/** Each permission by itself is not enough. */
function needs(
  ...permissions: readonly (readonly ['configure' | 'write' | 'read', string])[]
): Pick<Row, 'allowed' | 'refused'> {
  const grant = (given: typeof permissions): Who => {
    const may: { configure?: string; write?: string; read?: string } = {};
    for (const [kind, name] of given) may[kind] = may[kind] === undefined ? `^${name}$` : `${may[kind]}|^${name}$`;
    return { may };
  };
  const withoutOne = permissions.map((left) => grant(permissions.filter((each) => each !== left)));
  return { allowed: [grant(permissions)], refused: [...withoutOne, { may: null }, { tag: 'administrator' }] };
}

const GET = { count: 1, ackmode: 'ack_requeue_true', encoding: 'auto' };
const PUBLISH = { properties: {}, routing_key: 'k', payload: '', payload_encoding: 'string' };
const POLICY = { pattern: '^nothing$', definition: { 'max-length': 1 } };
const EVERYTHING = { configure: '', write: '', read: '' };
const LIMITS = { value: 100 };

const QUEUES = ['q', 'to', 'dead', 'new'];
const EXCHANGES = ['x', 'y', 'new'];
const KEPT = { durable: true, auto_delete: false, vhost: '/', arguments: {} };

/** What is there before each request of the table, as a definitions file. */
export const SCENE = {
  vhosts: [{ name: '/' }, { name: 'new' }],
  users: ['new', 'topical'].map((name) => ({ name, password: name, tags: '' })),
  permissions: [{ user: 'topical', vhost: '/', ...EVERYTHING }],
  topic_permissions: [{ user: 'topical', vhost: '/', exchange: 'amq.topic', write: '', read: '' }],
  queues: QUEUES.map((name) => ({ name, ...KEPT })),
  exchanges: EXCHANGES.map((name) => ({ name, type: 'direct', internal: false, ...KEPT })),
  bindings: [
    ...['k', 'new'].map((key) => bound('x', 'q', 'queue', key)),
    ...['k', 'new'].map((key) => bound('x', 'y', 'exchange', key)),
    ...['k', 'new'].map((key) => bound('y', 'to', 'queue', key)),
  ],
  policies: [{ vhost: '/', name: 'p', ...POLICY }],
  parameters: [
    ...['p', 'kept'].map((name) => ({ component: 'operator_policy', vhost: '/', name, value: POLICY })),
    { component: 'vhost-limits', vhost: '/', name: 'limits', value: { 'max-queues': 100 } },
  ],
  global_parameters: [{ name: 'p', value: 1 }],
};

function bound(source: string, destination: string, destinationType: 'queue' | 'exchange', key: string): object {
  return { source, destination, destination_type: destinationType, routing_key: key, vhost: '/', arguments: {} };
}

/** Every route of the management API. A permission on a name is asked for by RabbitMQ's rules, or those of docs/access-control.md. */
export const ACCESS_TABLE: readonly Row[] = [
  // What tags open
  ...['/overview', '/whoami', '/cluster-name', '/extensions'].map((route) => reading(route, ANYBODY)),
  ...['/connections', '/channels', '/consumers', '/exchanges', '/queues', '/bindings'].map((route) =>
    reading(route, ANYBODY),
  ),
  ...['/topology', '/vhosts', '/policies', '/operator-policies'].map((route) => reading(route, ANYBODY)),
  ...['/vhost-limits', '/user-limits'].map((route) => reading(route, ANYBODY)),
  reading('/user-limits/{user}', ANYBODY, { user: 'guest' }),
  ...['alarms', 'local-alarms', 'virtual-hosts', 'node-is-mirror-sync-critical', 'node-is-quorum-critical'].map(
    (check) => reading(`/health/checks/${check}`, ANYBODY),
  ),
  reading('/health/checks/certificate-expiration/{within}/{unit}', ANYBODY, { within: '1', unit: 'days' }),
  reading('/health/checks/port-listener/{port}', ANYBODY, { port: '1' }),
  reading('/health/checks/protocol-listener/{protocol}', ANYBODY, { protocol: 'amqp' }),
  ...['/nodes', '/limits', '/logs', '/healthchecks/node'].map((route) => reading(route, MONITORING)),
  reading('/nodes/{name}', MONITORING, { name: 'NODE' }),
  reading('/healthchecks/node/{node}', MONITORING, { node: 'NODE' }),
  { ...reading('/logs/live', MONITORING), isStream: true },
  ...['/auth/attempts/{node}', '/auth/attempts/{node}/source'].flatMap((route): Row[] => {
    const path = { node: 'NODE' };
    return [reading(route, MONITORING, path), { method: 'DELETE', route, path, ...MONITORING }];
  }),
  ...[
    '/feature-flags',
    '/users',
    '/users/without-permissions',
    '/permissions',
    '/topic-permissions',
    '/definitions',
  ].map((route) => reading(route, ADMINISTRATOR)),
  ...['/vhosts/{vhost}', '/vhosts/{vhost}/permissions', '/vhosts/{vhost}/topic-permissions'].map((route) =>
    reading(route, ADMINISTRATOR),
  ),
  reading('/definitions/{vhost}', ADMINISTRATOR),
  ...['/users/{user}', '/users/{user}/permissions', '/users/{user}/topic-permissions'].map((route) =>
    reading(route, ADMINISTRATOR, { user: 'guest' }),
  ),
  reading('/permissions/{vhost}/{user}', ADMINISTRATOR, { user: 'guest' }),
  reading('/topic-permissions/{vhost}/{user}', ADMINISTRATOR, { user: 'topical' }),
  reading('/topic-permissions/{vhost}/{user}/{exchange}', ADMINISTRATOR, { user: 'topical', exchange: 'amq.topic' }),
  { ...reading('/trace/{vhost}', ADMINISTRATOR), isStream: true },
  ...['/exchanges/{vhost}', '/queues/{vhost}', '/bindings/{vhost}', '/consumers/{vhost}', '/topology/{vhost}'].map(
    (route) => reading(route, OF_VHOST),
  ),
  ...['/policies/{vhost}', '/operator-policies/{vhost}'].map((route) => reading(route, OF_VHOST)),
  ...['/vhosts/{vhost}/connections', '/vhosts/{vhost}/channels', '/vhost-limits/{vhost}'].map((route) =>
    reading(route, SEEN_VHOST),
  ),
  ...['/queues/{vhost}/{name}', '/queues/{vhost}/{name}/bindings'].map((route) =>
    reading(route, OF_VHOST, { name: 'q' }),
  ),
  ...['', '/bindings/source', '/bindings/destination'].map((part) =>
    reading(`/exchanges/{vhost}/{name}${part}`, OF_VHOST, { name: 'x' }),
  ),
  reading('/bindings/{vhost}/e/{source}/q/{destination}', OF_VHOST, { source: 'x', destination: 'q' }),
  reading('/bindings/{vhost}/e/{source}/e/{destination}', OF_VHOST, { source: 'x', destination: 'y' }),
  reading('/bindings/{vhost}/e/{source}/q/{destination}/{key}', OF_VHOST, { source: 'x', destination: 'q', key: 'k' }),
  reading('/bindings/{vhost}/e/{source}/e/{destination}/{key}', OF_VHOST, { source: 'x', destination: 'y', key: 'k' }),

  // What belongs to a connection: its user, and monitors
  ...['/connections/{name}', '/connections/{name}/channels'].map((route) =>
    reading(route, { allowed: [{ tag: 'monitoring', may: null }], refused: [{}] }, { name: 'CONNECTION' }),
  ),
  reading('/channels/{name}', { allowed: [{ tag: 'monitoring', may: null }], refused: [{}] }, { name: 'CHANNEL' }),
  reading(
    '/connections/username/{user}',
    { allowed: [{ tag: 'monitoring', may: null }], refused: [{}] },
    { user: 'guest' },
  ),
  // … and to close it, administrators
  ...[
    ['/connections/username/{user}', { user: 'guest' }],
    ['/connections/{name}', { name: 'CONNECTION' }],
  ].map(([route, path]): Row => {
    return { method: 'DELETE', route: route as string, path: path as Record<string, string>, ...ADMINISTRATOR };
  }),

  // What administrators do
  { method: 'PUT', route: '/cluster-name', body: { name: 'n' }, ...ADMINISTRATOR },
  { method: 'POST', route: '/rebalance/queues', ...ADMINISTRATOR },
  { method: 'POST', route: '/definitions', body: {}, ...ADMINISTRATOR },
  { method: 'POST', route: '/definitions/{vhost}', body: {}, ...ADMINISTRATOR },
  { method: 'PUT', route: '/vhosts/{vhost}', path: { vhost: 'new' }, body: {}, ...ADMINISTRATOR },
  { method: 'DELETE', route: '/vhosts/{vhost}', path: { vhost: 'new' }, ...ADMINISTRATOR },
  { method: 'POST', route: '/vhosts/{vhost}/start/{node}', path: { node: 'NODE' }, ...ADMINISTRATOR },
  { method: 'POST', route: '/users/bulk-delete', body: { users: [] }, ...ADMINISTRATOR },
  { method: 'PUT', route: '/users/{user}', path: { user: 'new' }, body: { tags: '' }, ...ADMINISTRATOR },
  { method: 'DELETE', route: '/users/{user}', path: { user: 'new' }, ...ADMINISTRATOR },
  {
    method: 'PUT',
    route: '/permissions/{vhost}/{user}',
    path: { user: 'topical' },
    body: EVERYTHING,
    ...ADMINISTRATOR,
  },
  { method: 'DELETE', route: '/permissions/{vhost}/{user}', path: { user: 'topical' }, ...ADMINISTRATOR },
  ...['/topic-permissions/{vhost}/{user}/{exchange}', '/topic-permissions/{vhost}/{user}'].flatMap((route): Row[] => {
    const path = { user: 'topical', exchange: 'amq.topic' };
    const body = { exchange: 'amq.topic', write: '', read: '' };
    return [
      { method: 'PUT', route, path, body, ...ADMINISTRATOR },
      { method: 'DELETE', route, path, ...ADMINISTRATOR },
    ];
  }),
  {
    method: 'PUT',
    route: '/user-limits/{user}/{name}',
    path: { user: 'guest', name: 'max-channels' },
    body: LIMITS,
    ...ADMINISTRATOR,
  },
  {
    method: 'DELETE',
    route: '/user-limits/{user}/{name}',
    path: { user: 'guest', name: 'max-channels' },
    ...ADMINISTRATOR,
  },
  {
    method: 'PUT',
    route: '/vhost-limits/{vhost}/{name}',
    path: { name: 'max-queues' },
    body: LIMITS,
    ...ADMINISTRATOR,
  },
  { method: 'DELETE', route: '/vhost-limits/{vhost}/{name}', path: { name: 'max-queues' }, ...ADMINISTRATOR },
  ...(['PUT', 'DELETE'] as const).map((method): Row => {
    const path = { name: 'memory-limit' };
    return { method, route: '/limits/{name}', path, body: { value: 1e9 }, ...ADMINISTRATOR };
  }),
  ...changing('/operator-policies/{vhost}/{name}', { name: 'p' }, POLICY, ADMINISTRATOR),

  // What policymakers do; what binds them is the administrator's, also by its name as a parameter
  ...changing('/policies/{vhost}/{name}', { name: 'p' }, POLICY, POLICYMAKER),
  {
    method: 'PUT',
    route: '/policies/{vhost}/{name}',
    path: { name: 'dead' },
    body: { ...POLICY, definition: { 'dead-letter-exchange': 'x' } },
    ...POLICYMAKER,
  },
  ...changing('/global-parameters/{name}', { name: 'p' }, { value: 1 }, ANY_POLICYMAKER),
  ...['/parameters', '/global-parameters'].map((route) => reading(route, ANY_POLICYMAKER)),
  reading('/parameters/{component}', ANY_POLICYMAKER, { component: 'operator_policy' }),
  reading('/parameters/{component}/{vhost}', POLICYMAKER, { component: 'operator_policy' }),
  reading('/parameters/{component}/{vhost}/{name}', POLICYMAKER, { component: 'operator_policy', name: 'kept' }),
  ...(['PUT', 'DELETE'] as const).flatMap((method) =>
    [
      ['operator_policy', POLICY],
      ['vhost-limits', {}],
    ].map(([component, value]): Row => {
      const name = component === 'vhost-limits' ? 'limits' : 'p';
      const path = { component: component as string, name };
      return { method, route: '/parameters/{component}/{vhost}/{name}', path, body: { value }, ...ADMINISTRATOR };
    }),
  ),

  // What permissions on names open, as for AMQP
  {
    method: 'PUT',
    route: '/queues/{vhost}/{name}',
    path: { name: 'newer' },
    body: {},
    ...needs(['configure', 'newer']),
  },
  {
    method: 'PUT',
    route: '/queues/{vhost}/{name}',
    path: { name: 'letters' },
    body: { arguments: { 'x-dead-letter-exchange': 'x' } },
    ...needs(['configure', 'letters'], ['read', 'letters'], ['write', 'x']),
  },
  { method: 'DELETE', route: '/queues/{vhost}/{name}', path: { name: 'new' }, ...needs(['configure', 'new']) },
  {
    method: 'PUT',
    route: '/exchanges/{vhost}/{name}',
    path: { name: 'newer' },
    body: {},
    ...needs(['configure', 'newer']),
  },
  {
    method: 'PUT',
    route: '/exchanges/{vhost}/{name}',
    path: { name: 'alternating' },
    body: { arguments: { 'alternate-exchange': 'x' } },
    ...needs(['configure', 'alternating'], ['read', 'alternating'], ['write', 'x']),
  },
  { method: 'DELETE', route: '/exchanges/{vhost}/{name}', path: { name: 'new' }, ...needs(['configure', 'new']) },
  {
    method: 'POST',
    route: '/bindings/{vhost}/e/{source}/q/{destination}',
    path: { source: 'x', destination: 'q' },
    body: { routing_key: 'new' },
    ...needs(['write', 'q'], ['read', 'x']),
  },
  {
    method: 'POST',
    route: '/bindings/{vhost}/e/{source}/e/{destination}',
    path: { source: 'x', destination: 'y' },
    body: { routing_key: 'new' },
    ...needs(['write', 'y'], ['read', 'x']),
  },
  {
    method: 'DELETE',
    route: '/bindings/{vhost}/e/{source}/q/{destination}/{key}',
    path: { source: 'x', destination: 'q', key: 'new' },
    ...needs(['write', 'q'], ['read', 'x']),
  },
  {
    method: 'DELETE',
    route: '/bindings/{vhost}/e/{source}/e/{destination}/{key}',
    path: { source: 'x', destination: 'y', key: 'new' },
    ...needs(['write', 'y'], ['read', 'x']),
  },
  {
    method: 'POST',
    route: '/exchanges/{vhost}/{name}/publish',
    path: { name: 'y' },
    body: PUBLISH,
    ...needs(['write', 'y']),
  },
  {
    method: 'POST',
    route: '/exchanges/{vhost}/{name}/publish',
    path: { name: 'amq.default' },
    body: PUBLISH,
    ...needs(['write', 'amq.default']),
  },
  { method: 'POST', route: '/queues/{vhost}/{name}/get', path: { name: 'q' }, body: GET, ...needs(['read', 'q']) },
  { method: 'DELETE', route: '/queues/{vhost}/{name}/contents', path: { name: 'q' }, ...needs(['read', 'q']) },
  reading(
    '/aliveness-test/{vhost}',
    needs(['configure', 'aliveness-test'], ['write', 'amq.default'], ['read', 'aliveness-test']),
  ),
  {
    method: 'POST',
    route: '/queues/{vhost}/{name}/actions',
    path: { name: 'q' },
    body: { action: 'sync' },
    ...ADMINISTRATOR,
  },

  // Leveret's own
  {
    method: 'POST',
    route: '/exchanges/{vhost}/{name}/route',
    path: { name: 'x' },
    body: { routing_key: 'k' },
    ...OF_VHOST,
  },
  {
    method: 'POST',
    route: '/queues/{vhost}/{name}/browse',
    path: { name: 'q' },
    body: { count: 1 },
    ...needs(['read', 'q']),
  },
  { method: 'PUT', route: '/queues/{vhost}/{name}/pause', path: { name: 'q' }, ...needs(['configure', 'q']) },
  { method: 'PUT', route: '/queues/{vhost}/{name}/resume', path: { name: 'q' }, ...needs(['configure', 'q']) },
  {
    method: 'POST',
    route: '/queues/{vhost}/{name}/move',
    path: { name: 'q' },
    body: { destination: 'to' },
    ...needs(['read', 'q'], ['write', 'to']),
  },
  {
    method: 'POST',
    route: '/queues/{vhost}/{name}/replay',
    path: { name: 'dead' },
    body: {},
    ...needs(['read', 'dead'], ['configure', 'dead'], ['write', 'to']),
  },
  {
    method: 'POST',
    route: '/queues/{vhost}/{name}/replay',
    path: { name: 'dead' },
    body: { to: 'exchange' },
    ...needs(['read', 'dead'], ['configure', 'dead'], ['write', 'y']),
  },
];

function reading(route: string, who: Pick<Row, 'allowed' | 'refused'>, path?: Row['path']): Row {
  return { method: 'GET', route, ...(path !== undefined && { path }), ...who };
}

/** It is put, got and deleted. */
function changing(route: string, path: Row['path'], body: unknown, who: Pick<Row, 'allowed' | 'refused'>): Row[] {
  const rows = [{ method: 'PUT', body }, { method: 'GET' }, { method: 'DELETE' }] as const;
  return rows.map((row) => ({ route, ...(path !== undefined && { path }), ...row, ...who }));
}
