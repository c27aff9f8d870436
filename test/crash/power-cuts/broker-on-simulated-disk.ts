import assert from 'node:assert/strict';
import { resolveConfig } from '#src/config/resolve.js';
import { SILENT_LOGGER } from '#src/observe/log.js';
import { AmqpServer } from '#src/server/amqp-server.js';
import { durableStateIn } from '#src/server/context/durable-state.js';
import { newServerContext, type ServerContext } from '#src/server/context/server-context.js';
import { openDataDirectory } from '#src/storage/data-directory.js';
import type { SimulatedDisk } from '#src/storage/disk/simulated-disk.test.helper.js';

const PATH = '/data';
/** The smallest there are, so that a history has many, and compacts them. */
const SEGMENT_SIZE_OCTETS = 64 * 1024;

/** A whole broker in this process, with real sockets, whose data directory is on a simulated disk. */
export class BrokerOnSimulatedDisk {
  readonly context: ServerContext;
  private readonly disk: SimulatedDisk;
  private readonly amqp: AmqpServer;

  private constructor(disk: SimulatedDisk, context: ServerContext) {
    this.disk = disk;
    this.context = context;
    this.amqp = new AmqpServer(context);
  }

  /** Recovers what is on the disk, and listens. */
  static async start(disk: SimulatedDisk, diskFreeLimit: number): Promise<BrokerOnSimulatedDisk> {
    const config = resolveConfig({ port: 0, diskFreeLimit });
    const directory = openDataDirectory(PATH, disk, undefined);
    const durable = durableStateIn(directory, undefined, config, SILENT_LOGGER, SEGMENT_SIZE_OCTETS);
    const broker = new BrokerOnSimulatedDisk(disk, newServerContext(config, SILENT_LOGGER, durable));
    await broker.amqp.listen();
    return broker;
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.amqp.port}`;
  }

  /** Has acks and deliveries that the broker knows of synced; resolves when they are on disk, if the disk takes them at all. */
  async syncAcks(): Promise<boolean> {
    const { durable, commit } = this.context;
    const { acknowledgements } = durable!.messages.store;
    acknowledgements.flush();
    if (acknowledgements.haveUnwritten) return false;
    acknowledgements.sync();
    await commit.flushed();
    return true;
  }

  /** Shuts it down in order. Nothing may be left open. */
  async close(): Promise<void> {
    const { disk } = this;
    disk.capacityOctets = Number.MAX_SAFE_INTEGER;
    await this.amqp.close();
    await this.context.close();
    assert.deepEqual(
      [...disk.openFiles].map(({ path }) => path),
      [],
      'files that were not closed',
    );
  }
}
