import { UserDirectory } from '../auth/user-directory.ts';
import { MemoryAlarm } from '../broker/memory-alarm.ts';
import { ResourceAlarms } from '../broker/resource-alarms.ts';
import { VirtualHost } from '../broker/vhost.ts';
import type { Config } from '../config/options.ts';
import type { Logger } from '../observe/logger.ts';
import { Arena, type Region } from '../storage/arena.ts';
import { MemoryStore } from '../storage/memory-store.ts';
import type { MessageStore } from '../storage/message-store.ts';
import { BufferPool } from './buffer-pool.ts';
import { encodeGreeting } from './greeting.ts';
import { Turn } from './turn.ts';

/** Node reads sockets in chunks of at most this size. */
const INPUT_SIZE_OCTETS = 64 * 1024;

/** What all connections of a broker share. Two brokers in a process have nothing in common. */
export interface ServerContext {
  readonly config: Config;
  readonly log: Logger;
  readonly users: UserDirectory;
  readonly vhosts: ReadonlyMap<string, VirtualHost>;
  readonly store: MessageStore;
  readonly alarms: ResourceAlarms;
  readonly memoryAlarm: MemoryAlarm;
  readonly turn: Turn;
  readonly pool: BufferPool;
  /** The frame that every client is met with. */
  readonly greeting: Buffer;
  /** Where chunks are copied to be parsed, one after the other: the arena's beginning. */
  readonly input: Region;
}

/** A broker's state before the first connection. */
export function newServerContext(config: Config, log: Logger): ServerContext {
  const arena = new Arena();
  const input = arena.take(INPUT_SIZE_OCTETS)!;
  const pool = new BufferPool(arena);
  const store = new MemoryStore(arena);
  const alarms = new ResourceAlarms();
  return {
    config,
    log,
    users: new UserDirectory(config.users),
    vhosts: new Map(config.vhosts.map((name) => [name, new VirtualHost(name, store)])),
    store,
    alarms,
    memoryAlarm: new MemoryAlarm(alarms, store, config.memoryLimitOctets, log),
    turn: new Turn(),
    pool,
    greeting: encodeGreeting(config),
    input,
  };
}
