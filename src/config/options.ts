import type { PermissionPatterns } from '../auth/permissions.ts';
import type { UserRecord } from '../auth/user-directory.ts';
import type { DiskFreeLimit } from './disk-free-limit.ts';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['auto', 'human', 'json'] as const;
/** 'human' is one readable line an event, 'json' one JSON object; 'auto' is 'human' on a terminal, else 'json'. */
export type LogFormat = (typeof LOG_FORMATS)[number];

export const STORAGE_ENGINES = ['auto', 'mapped', 'files'] as const;
/** How messages on disk are read and written: in files mapped into memory, or by calls; 'auto' maps where that is possible. */
export type StorageEngine = (typeof STORAGE_ENGINES)[number];

/** A user who may log in. */
export interface UserOptions {
  name: string;
  /** Only a salted hash of it is kept. */
  password: string;
  /** Free words; the management API gives some a meaning. Default: none. */
  tags?: readonly string[] | undefined;
  /** Regular expressions by virtual host. Default: everything, in every virtual host. */
  permissions?: Readonly<Record<string, PermissionPatterns>> | undefined;
  /** Refuse this user on connections from other machines. Default: false. */
  loopbackOnly?: boolean | undefined;
}

/**
 * What the broker tells clients it is. Some clients choose their behaviour from it, which is why it names the
 * RabbitMQ release whose behaviour Leveret keeps to.
 */
export interface ServerPropertiesOptions {
  /** Default: 'RabbitMQ'. */
  product?: string | undefined;
  /** Default: '3.10.8'. */
  version?: string | undefined;
}

/** How to run a broker. Everything may be left out. */
export interface BrokerOptions {
  /** The TCP port for AMQP; 0 takes a free one. Default: 5672. */
  port?: number | undefined;
  /** The address or host name to listen on. Default: '127.0.0.1'. */
  bind?: string | undefined;
  /** The TCP port for the management API; 0 takes a free one. Default: 'off'. */
  managementPort?: number | 'off' | undefined;
  /**
   * Web pages of which origins may use the management API: '*', or origins with commas between, as in
   * 'https://ops.example.org'. Default: none.
   */
  managementCorsOrigins?: string | undefined;
  /**
   * The names that the management API is reached by, as through a proxy: '*', or host names with commas between. Addresses,
   * localhost and the machine's own name need not be among them. Default: any name, but none where `bind` is on loopback.
   */
  managementHosts?: string | undefined;
  /** The directory for what is to survive a restart. Default: none, everything is in memory. */
  dataDir?: string | undefined;
  /** A definitions file of RabbitMQ's to import at each start. With users in it, there is no default user. Default: none. */
  definitions?: string | undefined;
  /** How messages on disk are read and written. Default: 'auto'. */
  storage?: StorageEngine | undefined;
  /** The least severe events to log. Default: 'silent'. */
  logLevel?: LogLevel | undefined;
  /** How logged events look on standard output. Default: 'auto'. */
  logFormat?: LogFormat | undefined;
  /** The largest message body, in octets, up to 512 MiB. Default: 128 MiB. */
  maxMessageSizeOctets?: number | undefined;
  /** Publishers are held back once the broker uses this much memory, in octets. Default: 40 % of the machine's. */
  memoryLimitOctets?: number | undefined;
  /**
   * Publishers are held back while the disk with the data directory has less free than this: octets, or a share of the
   * disk as in '2%'. Default: 'auto', 1 % of the disk, but at least 50 MB and at most 1 GB.
   */
  diskFreeLimit?: DiskFreeLimit | undefined;
  /** The most channels on one connection, 1 to 65535. Default: 2047. */
  channelMax?: number | undefined;
  /** The largest frame, in octets, at least 4096. Default: 131072. */
  frameMaxOctets?: number | undefined;
  /** Seconds between heartbeats; 0 for none. Default: 60. */
  heartbeatS?: number | undefined;
  /** Milliseconds a new connection has to open a virtual host. Default: 10000. */
  handshakeTimeoutMs?: number | undefined;
  /**
   * Milliseconds that a delivery may stay unacknowledged before its channel is closed; 0 for no limit. A queue may have
   * its own (`x-consumer-timeout`). Default: 1800000, half an hour.
   */
  consumerTimeoutMs?: number | undefined;
  /** How often samples are taken for the statistics of the management API, in milliseconds. Default: 5000. */
  statisticsIntervalMs?: number | undefined;
  /** The most connections at a time. Default: Infinity. */
  maxConnections?: number | undefined;
  serverProperties?: ServerPropertiesOptions | undefined;
  /** The virtual hosts there are, beside those in the data directory. Default: ['/']. */
  vhosts?: readonly string[] | undefined;
  /**
   * Who may log in, beside those in the data directory. Default: guest with password guest, from this machine only, who
   * may do everything, unless the data directory has users.
   */
  users?: readonly UserOptions[] | undefined;
}

/** The options that are one value, and so can be a flag and an environment variable too. */
export interface ScalarConfig {
  readonly port: number;
  readonly bind: string;
  readonly managementPort: number | 'off';
  readonly managementCorsOrigins: string | undefined;
  readonly managementHosts: string | undefined;
  readonly dataDir: string | undefined;
  readonly definitions: string | undefined;
  readonly storage: StorageEngine;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly maxMessageSizeOctets: number;
  readonly memoryLimitOctets: number;
  readonly diskFreeLimit: DiskFreeLimit;
  readonly channelMax: number;
  readonly frameMaxOctets: number;
  readonly heartbeatS: number;
  readonly handshakeTimeoutMs: number;
  readonly consumerTimeoutMs: number;
  readonly statisticsIntervalMs: number;
  readonly maxConnections: number;
}

/** Options checked and completed: what the broker runs with. Fields mean what they mean in `BrokerOptions`. */
export interface Config extends ScalarConfig {
  readonly serverProperties: { readonly product: string; readonly version: string };
  readonly vhosts: readonly string[];
  /** Passwords are hashed already, so that a `Config` may be logged. */
  readonly users: readonly UserRecord[];
  /** Nobody said who the users are. */
  readonly hasDefaultUsers: boolean;
}
