import type { BrokerOptions, Config } from './config/options.ts';
import { resolveConfig } from './config/resolve.ts';
import { createLogger } from './observe/log.ts';
import { AmqpServer } from './server/amqp-server.ts';
import { newServerContext } from './server/server-context.ts';

export { ConfigError } from './config/config-error.ts';
export type { BrokerOptions, UserOptions } from './config/options.ts';

/** A running broker. */
export interface Broker extends AsyncDisposable {
  /**
   * Where clients connect, for example `amqp://guest:guest@127.0.0.1:5672`. Names the default user, since not every client
   * assumes it; with users of your own it names none.
   */
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
  const server = new AmqpServer(newServerContext(config, log));
  await server.listen();
  return new RunningBroker(server, config, options.users === undefined);
}

class RunningBroker implements Broker {
  readonly url: string;
  readonly port: number;
  private readonly server: AmqpServer;
  private closing: Promise<void> | undefined;

  constructor(server: AmqpServer, { bind }: Config, hasDefaultUser: boolean) {
    this.server = server;
    this.port = server.port;
    const host = bind.includes(':') ? `[${bind}]` : bind;
    this.url = `amqp://${hasDefaultUser ? 'guest:guest@' : ''}${host}:${this.port}`;
  }

  close(): Promise<void> {
    this.closing ??= this.server.close();
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
