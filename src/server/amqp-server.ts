import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { logViolations } from '../observe/violation-log.ts';
import { AmqpError } from '../protocol/amqp-error.ts';
import { Connection } from './connection/connection.ts';
import { ConnectionClock } from './connection/connection-clock.ts';
import type { ConnectionDetails } from './connection/connection-details.ts';
import type { ServerContext } from './context/server-context.ts';

/** How often at most accept errors are logged: out of file descriptors, they come by the thousand. */
const ACCEPT_ERROR_LOG_INTERVAL_MS = 5000;
const BACKLOG = 1024;
/** How long clients may take to answer the broker's goodbye. */
const SHUTDOWN_TIMEOUT_MS = 3000;

/** A connection of which is known whose it is, and what for. */
export type OpenConnection = Connection & { readonly details: ConnectionDetails };

function isOpen(connection: Connection): connection is OpenConnection {
  return connection.details !== undefined && connection.state !== 'closing';
}

/** Listens for AMQP connections. */
export class AmqpServer {
  private readonly context: ServerContext;
  private readonly server: Server;
  private readonly connections = new Set<Connection>();
  private readonly clock = new ConnectionClock(this.connections);
  private lastAcceptErrorMs = Number.NEGATIVE_INFINITY;
  private onLastClosed: (() => void) | undefined;
  private stopViolationLog: (() => void) | undefined;

  constructor(context: ServerContext) {
    this.context = context;
    this.server = createServer({ noDelay: true }, (socket) => this.accept(socket));
    context.vhosts.onDeleted((vhost) => {
      this.closeConnections((connection) => connection.vhost === vhost, `vhost '${vhost.name}' is deleted`);
    });
    context.users.onDeleted((user) => {
      this.closeConnections((connection) => connection.user === user, `user '${user.name}' is deleted`);
    });
    if (Number.isFinite(context.config.maxConnections)) this.server.maxConnections = context.config.maxConnections;
  }

  /** The port that is listened on. */
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Those whose virtual host is open, and that are not being closed. */
  *openConnections(): Iterable<OpenConnection> {
    for (const connection of this.connections) if (isOpen(connection)) yield connection;
  }

  /** @throws the system's error (EADDRINUSE, EACCES…) if the address can't be listened on */
  async listen(): Promise<void> {
    const { port, bind } = this.context.config;
    try {
      this.server.listen({ port, host: bind, backlog: BACKLOG });
      await once(this.server, 'listening');
    } catch (error) {
      this.clock.stop();
      throw error;
    }
    this.stopViolationLog = logViolations(this.context.log);
    this.server.on('error', (error) => this.acceptFailed(error));
    this.server.on('drop', () => this.acceptFailed(new Error('maxConnections reached')));
  }

  private accept(socket: Socket): void {
    this.connections.add(new Connection(socket, this.context, (connection) => this.forget(connection)));
  }

  private forget(connection: Connection): void {
    this.connections.delete(connection);
    if (this.connections.size === 0) this.onLastClosed?.();
  }

  /** Out of file descriptors, say: those who are connected are served all the same, and others once some have left. */
  private acceptFailed(error: Error): void {
    const nowMs = performance.now();
    if (nowMs - this.lastAcceptErrorMs < ACCEPT_ERROR_LOG_INTERVAL_MS) return;
    this.lastAcceptErrorMs = nowMs;
    this.context.log.error({ err: error, connections: this.connections.size }, 'connections are being refused');
  }

  /** Ends the connections of a kind, and tells their clients why (320 CONNECTION_FORCED). */
  closeConnections(isOfKind: (connection: Connection) => boolean, reason: string): void {
    const error = new AmqpError('CONNECTION_FORCED', reason, { blamesMethod: false });
    for (const connection of [...this.connections].filter(isOfKind)) connection.shutDown(error);
  }

  /** Tells all clients that the broker stops, waits for their answers, and drops who does not answer in time. */
  async close(): Promise<void> {
    this.clock.stop();
    this.stopViolationLog?.();
    this.server.close();
    this.closeConnections(() => true, "broker forced connection closure with reason 'shutdown'");
    if (this.connections.size === 0) return;
    const timer = setTimeout(() => {
      for (const connection of [...this.connections]) connection.drop();
    }, SHUTDOWN_TIMEOUT_MS);
    await new Promise<void>((resolve) => {
      this.onLastClosed = resolve;
    });
    clearTimeout(timer);
  }
}
