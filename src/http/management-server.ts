import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventLoopDelay } from '../observe/event-loop-delay.ts';
import type { RecentLog } from '../observe/recent-log.ts';
import { Administration } from '../server/administration.ts';
import type { AmqpServer } from '../server/amqp-server.ts';
import type { ServerContext } from '../server/context/server-context.ts';
import { Statistics } from '../server/statistics/statistics.ts';
import { AllowedHosts } from './allowed-hosts.ts';
import { EventStreams } from './event-streams.ts';
import type { ManagementApp } from './management-app.ts';
import type { ManagementContext } from './management-context.ts';

/** Connections at a time: far more than people and monitors need. */
const MAX_CONNECTIONS = 1024;
/** How long a request may take to come in. */
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_TIMEOUT_MS = 60_000;
/** How long requests that are being answered may take when the broker stops. */
const SHUTDOWN_TIMEOUT_MS = 1000;

/**
 * Listens for HTTP requests to the management API. It listens at once, and what answers is loaded when somebody asks: a broker
 * starts no later because of it, and has no use for the 30 MiB while nobody looks.
 */
export class ManagementServer {
  private readonly broker: ServerContext;
  private readonly amqp: AmqpServer;
  private readonly version: string;
  private readonly server: Server;
  private readonly statistics: Statistics;
  private readonly eventLoopDelay = new EventLoopDelay();
  private app: Promise<ManagementApp> | undefined;
  private readonly recentLog: RecentLog;
  private readonly streams = new EventStreams();

  constructor(broker: ServerContext, amqp: AmqpServer, version: string, recentLog: RecentLog) {
    this.broker = broker;
    this.amqp = amqp;
    this.version = version;
    this.recentLog = recentLog;
    const { statisticsIntervalMs } = broker.config;
    this.statistics = new Statistics(broker, () => amqp.openConnections(), statisticsIntervalMs);
    this.server = createServer(
      { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS },
      (request, response) => this.answer(request, response),
    );
    this.server.maxConnections = MAX_CONNECTIONS;
  }

  /** The port that is listened on. */
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** @throws the system's error (EADDRINUSE, EACCES…) if the address can't be listened on */
  async listen(port: number): Promise<void> {
    this.server.listen({ port, host: this.broker.config.bind });
    await once(this.server, 'listening');
    this.statistics.start();
    this.eventLoopDelay.start();
  }

  private loaded(): Promise<ManagementApp> {
    const app = this.load();
    app.catch((err) => this.broker.log.error({ err }, 'the management API could not be loaded'));
    return app;
  }

  private async load(): Promise<ManagementApp> {
    const { createManagementApp } = await import('./management-app.ts');
    const { broker, amqp, statistics, eventLoopDelay, version, port, recentLog, streams } = this;
    const administration = new Administration(broker);
    const { bind, managementHosts } = broker.config;
    const hosts = new AllowedHosts((this.server.address() as AddressInfo).address, bind, managementHosts);
    const context: ManagementContext = {
      broker,
      administration,
      amqp,
      statistics,
      eventLoopDelay,
      node: broker.nodeName,
      version,
      port,
      hosts,
      recentLog,
      streams,
    };
    return createManagementApp(context, this.server);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.app ??= this.loaded();
    this.app.then(
      (app) => app.answer(request, response),
      () => response.writeHead(503).end(),
    );
  }

  /** Answers nobody any more; resolves when those who are being answered have it, or have had time for it. */
  async close(): Promise<void> {
    this.statistics.stop();
    this.streams.close();
    this.eventLoopDelay.stop();
    const timer = setTimeout(() => this.server.closeAllConnections(), SHUTDOWN_TIMEOUT_MS);
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeIdleConnections();
    await closed;
    clearTimeout(timer);
    await this.app?.then((app) => app.close()).catch(() => undefined);
  }
}
