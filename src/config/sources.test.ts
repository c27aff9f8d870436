import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { SCALAR_KEYS, SETTINGS } from './settings.ts';
import { mergeSources } from './sources.ts';

const NONE = { flags: {}, environment: {}, file: {} };

test('the command has defaults of its own', () => {
  assert.deepEqual(mergeSources(NONE), { dataDir: 'leveret-data', managementPort: 15672, logLevel: 'info' });
});

test('a flag decides before the environment, that before the file, that before the default', () => {
  const file = { port: 1, bind: 'file', logLevel: 'warn' } as const;
  const environment = { LEVERET_PORT: '2', LEVERET_BIND: 'environment' };
  const { port, bind, logLevel, dataDir } = mergeSources({ flags: { port: '3' }, environment, file });
  assert.deepEqual(
    { port, bind, logLevel, dataDir },
    {
      port: 3,
      bind: 'environment',
      logLevel: 'warn',
      dataDir: 'leveret-data',
    },
  );
});

test('every option is in the environment under the name of its flag', () => {
  const environment = {
    LEVERET_PORT: '1',
    LEVERET_BIND: '::1',
    LEVERET_MANAGEMENT_PORT: '2',
    LEVERET_MANAGEMENT_CORS_ORIGINS: '*',
    LEVERET_MANAGEMENT_HOSTS: 'mq.example.org',
    LEVERET_DATA_DIR: '/data',
    LEVERET_DEFINITIONS: '/definitions.json',
    LEVERET_STORAGE: 'files',
    LEVERET_LOG_LEVEL: 'error',
    LEVERET_LOG_FORMAT: 'json',
    LEVERET_MAX_MESSAGE_SIZE: '1MiB',
    LEVERET_MEMORY_LIMIT: '512MiB',
    LEVERET_DISK_FREE_LIMIT: '2%',
    LEVERET_CHANNEL_MAX: '3',
    LEVERET_FRAME_MAX: '8KiB',
    LEVERET_HEARTBEAT: '4',
    LEVERET_HANDSHAKE_TIMEOUT: '5',
    LEVERET_CONSUMER_TIMEOUT: '0',
    LEVERET_STATISTICS_INTERVAL: '2000',
    LEVERET_MAX_CONNECTIONS: '6',
  };
  assert.deepEqual(mergeSources({ ...NONE, environment }), {
    port: 1,
    bind: '::1',
    managementPort: 2,
    managementCorsOrigins: '*',
    managementHosts: 'mq.example.org',
    dataDir: '/data',
    definitions: '/definitions.json',
    storage: 'files',
    logLevel: 'error',
    logFormat: 'json',
    maxMessageSizeOctets: 1048576,
    memoryLimitOctets: 536870912,
    diskFreeLimit: '2%',
    channelMax: 3,
    frameMaxOctets: 8192,
    heartbeatS: 4,
    handshakeTimeoutMs: 5,
    consumerTimeoutMs: 0,
    statisticsIntervalMs: 2000,
    maxConnections: 6,
  });
  assert.equal(Object.keys(environment).length, SCALAR_KEYS.length);
});

test('an empty variable counts as none', () => {
  assert.equal(mergeSources({ ...NONE, environment: { LEVERET_PORT: '' } }).port, undefined);
});

test('errors call an option what its giver called it', () => {
  const message = 'is not allowed; give a whole number from 0 to 65535, or off';
  assert.throws(
    () => mergeSources({ ...NONE, environment: { LEVERET_MANAGEMENT_PORT: 'x' } }),
    new ConfigError(`LEVERET_MANAGEMENT_PORT: "x" ${message}`),
  );
  assert.throws(
    () => mergeSources({ ...NONE, flags: { managementPort: '' } }),
    new ConfigError(`--management-port: "" ${message}`),
  );
});

test('errors show a value as it was written', () => {
  assert.throws(
    () => mergeSources({ ...NONE, flags: { maxMessageSizeOctets: '513MiB' } }),
    /^ConfigError: --max-message-size: "513MiB" is/,
  );
});

test('every default is a value that is allowed', () => {
  for (const key of SCALAR_KEYS) {
    const { kind, defaultText } = SETTINGS[key];
    if (defaultText !== undefined) assert.notEqual(kind.accept(kind.fromText(defaultText)), undefined, key);
  }
});
