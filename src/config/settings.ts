import { countOrUnlimited, diskFreeLimit, type Kind, octets, oneOf, portOrOff, textOf, wholeNumber } from './kinds.ts';
import { LOG_FORMATS, LOG_LEVELS, type ScalarConfig, STORAGE_ENGINES } from './options.ts';

/** One option that is a single value: its names, its limits and its default. */
export interface Setting<T> {
  readonly kind: Kind<NonNullable<T>>;
  /** The flag without its dashes. A config file takes it as a key too, and the environment variable derives from it. */
  readonly flag: string;
  /** What stands for the value in the help text. */
  readonly argument: string;
  readonly help: string;
  /** Where the help text lists it. */
  readonly group: 'Network' | 'Data and logging' | 'Limits';
  /** As one would write it on the command line; undefined for none. */
  readonly defaultText: string | undefined;
  /** The default of the command, where it differs from that of an embedded broker. */
  readonly commandDefaultText?: string;
}

export type ScalarKey = keyof ScalarConfig;

const PORT = wholeNumber(0, 65535);
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const LARGEST_UINT16 = 65535;
const LARGEST_UINT32 = 4294967295;
const KIB = 2 ** 10;
const MIB = 2 ** 20;

/** Every such option there is. Flags, environment variables, file keys, defaults and the help text all come from here. */
export const SETTINGS: { readonly [K in ScalarKey]: Setting<ScalarConfig[K]> } = {
  port: {
    kind: PORT,
    flag: 'port',
    argument: 'PORT',
    help: 'port for AMQP; 0 takes a free one',
    group: 'Network',
    defaultText: '5672',
  },
  bind: {
    kind: textOf('an address or host name'),
    flag: 'bind',
    argument: 'ADDRESS',
    help: 'address to listen on; :: for all',
    group: 'Network',
    defaultText: '127.0.0.1',
  },
  managementPort: {
    kind: portOrOff(),
    flag: 'management-port',
    argument: 'PORT',
    help: 'port for the management API; 0, or off',
    group: 'Network',
    defaultText: 'off',
    commandDefaultText: '15672',
  },
  managementCorsOrigins: {
    kind: textOf('origins with commas between, or *'),
    flag: 'management-cors-origins',
    argument: 'ORIGINS',
    help: 'web pages that may use it; *, or a list',
    group: 'Network',
    defaultText: undefined,
  },
  managementHosts: {
    kind: textOf('host names with commas between, or *'),
    flag: 'management-hosts',
    argument: 'NAMES',
    help: 'host names that it is reached by; *, or a list',
    group: 'Network',
    defaultText: undefined,
  },
  heartbeatS: {
    kind: wholeNumber(0, LARGEST_UINT16),
    flag: 'heartbeat',
    argument: 'SECONDS',
    help: 'seconds between heartbeats; 0 for none',
    group: 'Network',
    defaultText: '60',
  },
  handshakeTimeoutMs: {
    kind: wholeNumber(1, 2 ** 31 - 1),
    flag: 'handshake-timeout',
    argument: 'MS',
    help: 'milliseconds a new connection has to log in',
    group: 'Network',
    defaultText: '10000',
  },
  dataDir: {
    kind: textOf('a directory'),
    flag: 'data-dir',
    argument: 'DIR',
    help: 'directory for what survives a restart',
    group: 'Data and logging',
    defaultText: undefined,
    commandDefaultText: 'leveret-data',
  },
  definitions: {
    kind: textOf('a file'),
    flag: 'definitions',
    argument: 'FILE',
    help: "RabbitMQ's definitions to import at each start",
    group: 'Data and logging',
    defaultText: undefined,
  },
  storage: {
    kind: oneOf(STORAGE_ENGINES),
    flag: 'storage',
    argument: 'ENGINE',
    help: 'mapped, files, or auto: mapped where possible',
    group: 'Data and logging',
    defaultText: 'auto',
  },
  logLevel: {
    kind: oneOf(LOG_LEVELS),
    flag: 'log-level',
    argument: 'LEVEL',
    help: LOG_LEVELS.join(', '),
    group: 'Data and logging',
    defaultText: 'silent',
    commandDefaultText: 'info',
  },
  logFormat: {
    kind: oneOf(LOG_FORMATS),
    flag: 'log-format',
    argument: 'FORMAT',
    help: 'human, json, or auto: human on a terminal',
    group: 'Data and logging',
    defaultText: 'auto',
  },
  maxMessageSizeOctets: {
    kind: octets(1, 512 * MIB, 'absolute'),
    flag: 'max-message-size',
    argument: 'SIZE',
    help: 'largest message body, up to 512MiB',
    group: 'Limits',
    defaultText: '128MiB',
  },
  memoryLimitOctets: {
    kind: octets(MIB, NO_LIMIT, 'ofMemory'),
    flag: 'memory-limit',
    argument: 'SIZE',
    help: 'hold publishers back above this; 512MiB, 40%',
    group: 'Limits',
    defaultText: '40%',
  },
  diskFreeLimit: {
    kind: diskFreeLimit(),
    flag: 'disk-free-limit',
    argument: 'SIZE',
    help: 'hold publishers back while less is free; auto: 1% of the disk, 50MB to 1GB',
    group: 'Limits',
    defaultText: 'auto',
  },
  channelMax: {
    kind: wholeNumber(1, LARGEST_UINT16),
    flag: 'channel-max',
    argument: 'COUNT',
    help: 'most channels on one connection',
    group: 'Limits',
    defaultText: '2047',
  },
  frameMaxOctets: {
    kind: octets(4 * KIB, LARGEST_UINT32, 'absolute'),
    flag: 'frame-max',
    argument: 'SIZE',
    help: 'largest frame, at least 4KiB',
    group: 'Limits',
    defaultText: '128KiB',
  },
  consumerTimeoutMs: {
    kind: wholeNumber(0, NO_LIMIT),
    flag: 'consumer-timeout',
    argument: 'MS',
    help: 'milliseconds to acknowledge in; 0 for no limit',
    group: 'Limits',
    defaultText: '1800000',
  },
  statisticsIntervalMs: {
    kind: wholeNumber(1000, 60_000),
    flag: 'statistics-interval',
    argument: 'MS',
    help: 'milliseconds between samples for statistics',
    group: 'Limits',
    defaultText: '5000',
  },
  maxConnections: {
    kind: countOrUnlimited(1),
    flag: 'max-connections',
    argument: 'COUNT',
    help: 'most connections at a time',
    group: 'Limits',
    defaultText: 'unlimited',
  },
};

export const SCALAR_KEYS = Object.keys(SETTINGS) as readonly ScalarKey[];

/** The environment variable that gives a setting: LEVERET_MANAGEMENT_PORT for management-port. */
export function environmentName(setting: Pick<Setting<unknown>, 'flag'>): string {
  return `LEVERET_${setting.flag.toUpperCase().replaceAll('-', '_')}`;
}
