import type { UserDirectory } from '../auth/user-directory.ts';
import type { MemoryAlarm } from '../broker/memory-alarm.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import type { Config } from '../config/options.ts';
import type { Logger } from '../observe/logger.ts';
import type { Region } from '../storage/arena.ts';
import type { MessageStore } from '../storage/message-store.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { Turn } from './turn.ts';

/** What all connections of a broker share. Two brokers in a process have nothing in common. */
export interface ServerContext {
  readonly config: Config;
  readonly log: Logger;
  readonly users: UserDirectory;
  readonly vhosts: ReadonlyMap<string, VirtualHost>;
  readonly store: MessageStore;
  readonly alarm: MemoryAlarm;
  readonly turn: Turn;
  readonly pool: BufferPool;
  /** Where chunks are copied to be parsed, one after the other. */
  readonly input: Region;
}
