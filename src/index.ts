import type { BrokerOptions } from './config/options.ts';
import { resolveConfig } from './config/resolve.ts';
import { createLogger } from './observe/log.ts';
import { AmqpServer } from './server/amqp-server.ts';
import { openServerContext, type ServerContext } from './server/server-context.ts';

export { ConfigError } from './config/config-error.ts';
export type { BrokerOptions, UserOptions } from './config/options.ts';
export { DataDirectoryError } from './storage/data-directory-error.ts';

/** A running broker. */
export interface Broker extends AsyncDisposable {
  /**
   * Where clients connect, for example `amqp://guest:guest@127.0.0.1:5672`. Names the default user where it can log in, since
   * not every client assumes it; with users of your own it names none.
   */
  readonly url: string;
  /** The port that is listened on, also when port 0 asked for any free one. */
  readonly port: number;
  /** Where what is to survive a restart is kept; undefined: nowhere. */
  readonly dataDir: string | undefined;
  /** How messages are kept: only in memory, in files mapped into memory, or in files that are read and written. */
  readonly storage: 'memory' | 'mapped' | 'files';
  /** Tells all clients that the broker stops (320 CONNECTION_FORCED), and resolves when they and the port are gone. */
  close(): Promise<void>;
}

/**
 * Starts a broker in this process. Brokers share nothing: start as many as you like.
 *
 * @throws ConfigError if an option is wrong; DataDirectoryError if the data directory can't be used; the system's error
 * (EADDRINUSE…) if the port can't be listened on
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const config = resolveConfig(options);
  const log = await createLogger(config.logLevel, config.logFormat);
  const context = await openServerContext(config, log);
  const server = new AmqpServer(context);
  try {
    await server.listen();
  } catch (error) {
    await context.close();
    throw error;
  }
  return new RunningBroker(server, context);
}

class RunningBroker implements Broker {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string | undefined;
  readonly storage: Broker['storage'];
  private readonly server: AmqpServer;
  private readonly context: ServerContext;
  private closing: Promise<void> | undefined;

  constructor(server: AmqpServer, context: ServerContext) {
    this.server = server;
    this.context = context;
    this.port = server.port;
    this.dataDir = context.durable?.directory.path;
    this.storage = context.durable === undefined ? 'memory' : context.durable.isMapped ? 'mapped' : 'files';
    const { config, users } = context;
    const host = config.bind.includes(':') ? `[${config.bind}]` : config.bind;
    const isDefaultUser = config.hasDefaultUsers && users.authenticate('guest', 'guest', true) !== undefined;
    this.url = `amqp://${isDefaultUser ? 'guest:guest@' : ''}${host}:${this.port}`;
  }

  close(): Promise<void> {
    this.closing ??= this.server.close().then(() => this.context.close());
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
