import { resolveConfig } from '#src/config/resolve.js';
import type { BrokerOptions } from '#src/index.js';
import { type Logger, SILENT_LOGGER } from '#src/observe/log.js';
import { Administration } from '#src/server/administration.js';
import { AmqpServer } from '#src/server/amqp-server.js';
import type { ServerContext } from '#src/server/context/server-context.js';
import { openServerContext } from '#src/server/open-server-context.js';
import { WireClient } from './wire-client.ts';

/** A broker in this process whose inside can be got at: for what no client can ask for. */
export class BrokerInside implements AsyncDisposable {
  readonly context: ServerContext;
  readonly administration: Administration;
  readonly amqp: AmqpServer;
  private readonly clients: WireClient[] = [];

  private constructor(context: ServerContext) {
    this.context = context;
    this.administration = new Administration(context);
    this.amqp = new AmqpServer(context);
  }

  static async start(options: BrokerOptions = {}, log: Logger = SILENT_LOGGER): Promise<BrokerInside> {
    const context = await openServerContext(resolveConfig({ port: 0, ...options }), log);
    const broker = new BrokerInside(context);
    await broker.amqp.listen();
    return broker;
  }

  /** Where the user finds the virtual host. */
  url(user = 'guest', password = 'guest', vhost = '/'): string {
    const [name, secret, path] = [user, password, vhost].map(encodeURIComponent);
    return `amqp://${name}:${secret}@127.0.0.1:${this.amqp.port}/${path}`;
  }

  /** A TCP connection on which nothing was sent yet; it ends before the broker does. */
  async dial(): Promise<WireClient> {
    const client = await WireClient.dial(this.url());
    this.clients.push(client);
    return client;
  }

  /** A connection that is ready for channels. */
  async login(username = 'guest', password = 'guest', virtualHost = '/'): Promise<WireClient> {
    const client = await this.dial();
    await client.handshake({ username, password, virtualHost });
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.clients.map((client) => client.abort()));
    await this.amqp.close();
    await this.context.close();
  }
}
