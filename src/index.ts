import { UserDirectory } from './auth/user-directory.ts';
import { MemoryAlarm } from './broker/memory-alarm.ts';
import { VirtualHost } from './broker/vhost.ts';
import type { BrokerOptions, Config } from './config/options.ts';
import { resolveConfig } from './config/resolve.ts';
import { createLogger } from './observe/log.ts';
import { AmqpServer } from './server/amqp-server.ts';
import { BufferPool } from './server/buffer-pool.ts';
import { Turn } from './server/turn.ts';
import { Arena } from './storage/arena.ts';
import { MemoryStore } from './storage/memory-store.ts';

export { ConfigError } from './config/config-error.ts';
export type { BrokerOptions, UserOptions } from './config/options.ts';

/** Node reads sockets in chunks of at most this size. */
const INPUT_SIZE_OCTETS = 64 * 1024;

/** A running broker. */
export interface Broker extends AsyncDisposable {
  /** Where clients connect, for example `amqp://127.0.0.1:5672`. */
  readonly url: string;
  /** The port that is listened on, also when port 0 asked for any free one. */
  readonly port: number;
  /** Tells all clients that the broker stops (320 CONNECTION_FORCED), and resolves when they and the port are gone. */
  close(): Promise<void>;
}

/**
 * Starts a broker in this process. Brokers share nothing: start as many as you like.
 *
 * @throws ConfigError if an option is wrong; the system's error (EADDRINUSE…) if the port can't be listened on
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const config = resolveConfig(options);
  const log = await createLogger(config.logLevel, config.logFormat);
  const arena = new Arena();
  const input = arena.take(INPUT_SIZE_OCTETS)!;
  const pool = new BufferPool(arena);
  const store = new MemoryStore(arena);
  const vhosts = new Map(config.vhosts.map((name) => [name, new VirtualHost(name, store)]));
  const server = new AmqpServer({
    config,
    log,
    store,
    vhosts,
    users: new UserDirectory(config.users),
    alarm: new MemoryAlarm(store, config.memoryLimitOctets),
    turn: new Turn(),
    pool,
    input,
  });
  await server.listen();
  return new RunningBroker(server, config);
}

class RunningBroker implements Broker {
  readonly url: string;
  readonly port: number;
  private readonly server: AmqpServer;
  private closing: Promise<void> | undefined;

  constructor(server: AmqpServer, { bind }: Config) {
    this.server = server;
    this.port = server.port;
    this.url = `amqp://${bind.includes(':') ? `[${bind}]` : bind}:${this.port}`;
  }

  close(): Promise<void> {
    this.closing ??= this.server.close();
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
