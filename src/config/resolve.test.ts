import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { UserDirectory } from '../auth/user-directory.ts';
import { ConfigError } from './config-error.ts';
import type { BrokerOptions } from './options.ts';
import { resolveConfig } from './resolve.ts';

/** Options as somebody without a type checker may give them. */
const unchecked = (options: object) => options as BrokerOptions;

function refusal(options: object): string {
  try {
    resolveConfig(unchecked(options));
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  return 'accepted';
}

test('without options the defaults hold', () => {
  const { users, memoryLimitOctets, ...rest } = resolveConfig();
  assert.deepEqual(rest, {
    port: 5672,
    bind: '127.0.0.1',
    managementPort: 'off',
    managementCorsOrigins: undefined,
    managementHosts: undefined,
    dataDir: undefined,
    definitions: undefined,
    storage: 'auto',
    logLevel: 'silent',
    logFormat: 'auto',
    maxMessageSizeOctets: 134217728,
    diskFreeLimit: 'auto',
    channelMax: 2047,
    frameMaxOctets: 131072,
    heartbeatS: 60,
    handshakeTimeoutMs: 10000,
    consumerTimeoutMs: 1800000,
    statisticsIntervalMs: 5000,
    maxConnections: Number.POSITIVE_INFINITY,
    serverProperties: { product: 'RabbitMQ', version: '3.10.8' },
    vhosts: ['/'],
    hasDefaultUsers: true,
  });
  assert.ok(memoryLimitOctets > 0 && memoryLimitOctets <= 0.4 * totalmem() + 1);
  assert.deepEqual(
    users.map((user) => [user.name, user.tags, user.loopbackOnly]),
    [['guest', ['administrator'], true]],
  );
});

test('given values replace defaults, and undefined counts as not given', () => {
  const config = resolveConfig({ port: 0, heartbeatS: 0, bind: undefined, serverProperties: { product: 'Leveret' } });
  assert.deepEqual([config.port, config.heartbeatS, config.bind], [0, 0, '127.0.0.1']);
  assert.deepEqual(config.serverProperties, { product: 'Leveret', version: '3.10.8' });
});

test('guest may do everything in every virtual host', () => {
  const { users } = resolveConfig({ vhosts: ['/', 'orders'] });
  const guest = new UserDirectory(users).authenticate('guest', 'guest', true);
  for (const vhost of ['/', 'orders']) assert.equal(guest?.permissionsFor(vhost)?.mayConfigure('anything'), true);
});

test('users get the permissions they are given, or all of them when none are', () => {
  const { users } = resolveConfig({
    vhosts: ['a', 'b'],
    users: [
      { name: 'app', password: 'secret' },
      { name: 'reader', password: 'secret', permissions: { b: { configure: '', write: '', read: '.*' } } },
    ],
  });
  const directory = new UserDirectory(users);
  const app = directory.authenticate('app', 'secret', false);
  const reader = directory.authenticate('reader', 'secret', false);
  assert.equal(app?.permissionsFor('a')?.mayWrite('x'), true);
  assert.equal(reader?.permissionsFor('a'), undefined);
  assert.equal(reader?.permissionsFor('b')?.mayWrite('x'), false);
  assert.equal(reader?.permissionsFor('b')?.mayRead('x'), true);
});

test('a configuration does not hold passwords', () => {
  const { users } = resolveConfig({ users: [{ name: 'app', password: 'correct horse' }] });
  assert.doesNotMatch(JSON.stringify(users), /correct horse/);
});

const REFUSALS: readonly (readonly [options: object, message: string | RegExp])[] = [
  [{ port: 65536 }, 'port: 65536 is not allowed; give a whole number from 0 to 65535'],
  [{ port: '5672' }, 'port: "5672" is not allowed; give a whole number from 0 to 65535'],
  [{ port: Number.NaN }, 'port: NaN is not allowed; give a whole number from 0 to 65535'],
  [{ bind: '' }, 'bind: "" is not allowed; give an address or host name'],
  [{ bind: null }, 'bind: null is not allowed; give an address or host name'],
  [{ frameMaxOctets: 4095 }, /^frameMaxOctets: 4095 is not allowed; give a whole number of octets, from 4096 to /],
  [{ maxMessageSizeOctets: 2 ** 29 + 1 }, /^maxMessageSizeOctets: 536870913 is not allowed; give .* to 536870912/],
  [{ channelMax: 0 }, 'channelMax: 0 is not allowed; give a whole number from 1 to 65535'],
  [{ maxConnections: 0 }, 'maxConnections: 0 is not allowed; give a whole number from 1 up, or Infinity'],
  [{ maxConnections: 'unlimited' }, /^maxConnections: "unlimited" is not allowed; give .*, or Infinity$/],
  [
    { memoryLimitOctets: '40%' },
    'memoryLimitOctets: "40%" is not allowed; give a whole number of octets, at least 1048576',
  ],
  [{ diskFreeLimit: '500MB' }, /^diskFreeLimit: "500MB" .* of octets, a share of the disk, as in '2%', or 'auto'$/],
  [{ managementPort: 'none' }, /^managementPort: "none" is not allowed; give .*, or 'off'$/],
  [{ logLevel: 'loud' }, /^logLevel: "loud" is not allowed; give one of 'fatal', 'error', 'warn', /],
  [{ prot: 1 }, 'prot: there is no such option (did you mean port?)'],
  [{ whatever: 1 }, 'whatever: there is no such option'],
  [{ serverProperties: { vresion: '1' } }, 'serverProperties.vresion: there is no such option (did you mean version?)'],
  [{ serverProperties: [] }, 'serverProperties: a list is not allowed; give a table'],
  [{ vhosts: '/' }, 'vhosts: "/" is not allowed; give a list'],
  [{ vhosts: [] }, 'vhosts: an empty list is not allowed; give at least one virtual host'],
  [{ vhosts: ['a', 'a'] }, 'vhosts: "a" is there twice'],
  [{ vhosts: ['é'.repeat(128)] }, /^vhosts\[0\]: "é+\.\.\. is not allowed; give a name of 1 to 255 octets$/],
  [{ users: [{ name: 'a', password: 7 }] }, 'users[0].password: give a text that is not empty'],
  [{ users: [{ password: 'x' }] }, 'users[0].name: undefined is not allowed; give a name of 1 to 255 octets'],
  [{ users: [{ name: 'a', pasword: 'x' }] }, 'users[0].pasword: there is no such option (did you mean password?)'],
  [{ users: [{ name: 'a', password: 'x', loopbackOnly: 1 }] }, /^users\[0\]\.loopbackOnly: 1 is not allowed; /],
  [{ users: [{ name: 'a', password: 'x', tags: [''] }] }, /^users\[0\]\.tags\[0\]: "" is not allowed; /],
];

for (const [options, message] of REFUSALS) {
  test(`refused: ${message}`, () => {
    if (typeof message === 'string') assert.equal(refusal(options), message);
    else assert.match(refusal(options), message);
  });
}

test('permissions are refused for virtual hosts that do not exist and for what is no regular expression', () => {
  const user = (permissions: object) => ({ users: [{ name: 'a', password: 'x', permissions }] });
  const rights = { configure: '.*', write: '.*', read: '.*' };
  assert.equal(
    refusal({ vhosts: ['orders'], ...user({ order: rights }) }),
    'users[0].permissions["order"]: there is no such virtual host (did you mean orders?); add it to vhosts',
  );
  assert.match(
    refusal(user({ '/': { ...rights, read: '(' } })),
    /^users\[0\]\.permissions\["\/"\]\.read: "\(" is not allowed; give a regular expression/,
  );
  assert.match(refusal(user({ '/': { configure: '', write: '' } })), /\.read: undefined is not allowed/);
});
