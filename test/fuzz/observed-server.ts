import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { type Logger, SILENT_LOGGER } from '#src/observe/log.js';
import { AmqpServer } from '#src/server/amqp-server.js';
import { newContext } from '#src/server/connection/connection.test.helper.js';
import type { ServerContext } from '#src/server/context/server-context.js';
import { WireClient } from '../support/wire-client.ts';

const CLOSE_LIMIT_MS = 4000;
const PREDECLARED_EXCHANGES = 8;
/** Output buffers in the arena, all of which must come back. */
const ARENA_BUFFERS = 64;

/** A broker's server whose inside can be looked at: what is left after the clients, and what it took for its own fault. */
export class ObservedServer {
  /** What was logged as an error: clients, whatever they do, must cause none. */
  readonly faults: unknown[] = [];
  readonly url: string;
  private readonly context: ServerContext;
  private readonly server: AmqpServer;

  private constructor(context: ServerContext, server: AmqpServer, faults: unknown[]) {
    this.context = context;
    this.server = server;
    this.faults = faults;
    this.url = `amqp://127.0.0.1:${server.port}`;
  }

  static async start(): Promise<ObservedServer> {
    const faults: unknown[] = [];
    const log: Logger = { ...SILENT_LOGGER, child: () => log, error: (fields: unknown) => void faults.push(fields) };
    const context = newContext({ port: 0 }, log);
    const server = new AmqpServer(context);
    await server.listen();
    return new ObservedServer(context, server, faults);
  }

  close(): Promise<void> {
    return this.server.close();
  }

  get port(): number {
    return this.server.port;
  }

  private get vhost() {
    return this.context.vhosts.get('/')!;
  }

  /** Clients see the end of a connection a little before the server does. */
  async awaitConnections(count: number): Promise<void> {
    const connections = Reflect.get(this.server, 'connections') as Set<unknown>;
    const deadlineMs = performance.now() + CLOSE_LIMIT_MS;
    while (connections.size > count) {
      assert.ok(performance.now() < deadlineMs, `${connections.size} connections are left`);
      await turn();
    }
  }

  /** With all clients gone: nothing of theirs is left but what they have left on purpose, which a client can delete. */
  async assertClean(): Promise<void> {
    assert.deepEqual(this.faults, []);
    await this.awaitConnections(0);
    assert.equal(this.context.memoryAlarm.unfinishedOctets, 0, 'messages that were never complete');
    for (const queue of this.vhost.queues.values()) {
      assert.equal(queue.owner, undefined, `${queue} has lost its owner`);
      assert.deepEqual([queue.consumerCount, queue.unackedCount], [0, 0], `consumers and unacked messages of ${queue}`);
    }
    await this.deleteEverything();
    assert.equal(this.context.store.messageCount, 0, 'messages that no queue has');
    assert.equal(this.context.store.liveOctets, 0);
    this.assertBuffersAreBack();
  }

  private async deleteEverything(): Promise<void> {
    const client = await WireClient.open(this.url);
    const channel = await client.channel();
    for (const queue of [...this.vhost.queues.keys()]) await channel.call('queue.delete', { queue });
    for (const exchange of [...this.vhost.exchanges.keys()]) {
      if (exchange !== '' && !exchange.startsWith('amq.')) await channel.call('exchange.delete', { exchange });
    }
    assert.deepEqual([this.vhost.queues.size, this.vhost.exchanges.size], [0, PREDECLARED_EXCHANGES]);
    await client.close();
  }

  private assertBuffersAreBack(): void {
    const { pool, input } = this.context;
    const regions = Array.from({ length: ARENA_BUFFERS }, () => pool.take());
    const fromArena = regions.filter(({ octets }) => octets === input.octets);
    for (const region of regions) pool.give(region);
    assert.equal(fromArena.length, ARENA_BUFFERS, 'output buffers that came back');
  }
}
