import type { Config } from './config/options.ts';
import { readVersion } from './config/version.ts';
import type { ManagementServer } from './http/management-server.ts';
import { createLogger, type Logger } from './observe/log.ts';
import { RecentLog } from './observe/recent-log.ts';
import { AmqpServer } from './server/amqp-server.ts';
import type { ServerContext } from './server/context/server-context.ts';
import { openServerContext } from './server/open-server-context.ts';

/** A running broker. */
export interface Broker extends AsyncDisposable {
  /**
   * Where clients connect, for example `amqp://guest:guest@127.0.0.1:5672`. Names the default user where it can log in, since
   * not every client assumes it; with users of your own it names none.
   */
  readonly url: string;
  /** The port that is listened on, also when port 0 asked for any free one. */
  readonly port: number;
  /** Where the management API is, for example `http://127.0.0.1:15672`; undefined: it is off. */
  readonly managementUrl: string | undefined;
  /** Where what is to survive a restart is kept; undefined: nowhere. */
  readonly dataDir: string | undefined;
  /** How messages are kept: only in memory, in files mapped into memory, or in files that are read and written. */
  readonly storage: 'memory' | 'mapped' | 'files';
  /** Tells all clients that the broker stops (320 CONNECTION_FORCED), and resolves when they and the port are gone. */
  close(): Promise<void>;
}

/** Where the broker's events go. */
export interface Logging {
  readonly log: Logger;
  /** The last ones, for the management API; undefined: it is off. */
  readonly recent: RecentLog | undefined;
}

export async function openLogging({ logLevel, logFormat, managementPort }: Config): Promise<Logging> {
  const recent = managementPort === 'off' ? undefined : new RecentLog();
  return { log: await createLogger(logLevel, logFormat, recent), recent };
}

/**
 * Puts the parts of a broker together, and listens.
 *
 * @throws DataDirectoryError if the data directory can't be used; the system's error (EADDRINUSE…) if one of the ports can't
 * be listened on
 */
export async function openBroker(config: Config, { log, recent }: Logging): Promise<Broker> {
  const context = await openServerContext(config, log);
  const server = new AmqpServer(context);
  try {
    await server.listen();
  } catch (error) {
    await context.close();
    throw error;
  }
  try {
    return new RunningBroker(server, await openManagement(context, server, recent), context);
  } catch (error) {
    await server.close();
    await context.close();
    throw error;
  }
}

/** Returns undefined where there is to be no management API. What it needs is loaded now: clients are served by then. */
async function openManagement(
  context: ServerContext,
  server: AmqpServer,
  recentLog: RecentLog | undefined,
): Promise<ManagementServer | undefined> {
  const { managementPort } = context.config;
  if (managementPort === 'off' || recentLog === undefined) return undefined;
  const { ManagementServer } = await import('./http/management-server.ts');
  const management = new ManagementServer(context, server, readVersion(), recentLog);
  await management.listen(managementPort);
  return management;
}

class RunningBroker implements Broker {
  readonly url: string;
  readonly port: number;
  readonly managementUrl: string | undefined;
  readonly dataDir: string | undefined;
  readonly storage: Broker['storage'];
  private readonly server: AmqpServer;
  private readonly management: ManagementServer | undefined;
  private readonly context: ServerContext;
  private closing: Promise<void> | undefined;

  constructor(server: AmqpServer, management: ManagementServer | undefined, context: ServerContext) {
    this.server = server;
    this.management = management;
    this.context = context;
    this.port = server.port;
    this.dataDir = context.durable?.directory.path;
    this.storage = context.durable === undefined ? 'memory' : context.durable.isMapped ? 'mapped' : 'files';
    const { config, users } = context;
    const host = config.bind.includes(':') ? `[${config.bind}]` : config.bind;
    const isDefaultUser = config.hasDefaultUsers && users.authenticate('guest', 'guest', true) !== undefined;
    this.url = `amqp://${isDefaultUser ? 'guest:guest@' : ''}${host}:${this.port}`;
    this.managementUrl = management && `http://${host}:${management.port}`;
  }

  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private async closeAll(): Promise<void> {
    await this.management?.close();
    await this.server.close();
    await this.context.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
