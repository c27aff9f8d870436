import type { BrokerOptions } from '../../config/options.ts';
import { resolveConfig } from '../../config/resolve.ts';
import { SILENT_LOGGER } from '../../observe/log.ts';
import { SimulatedDisk } from '../../storage/disk/simulated-disk.test.helper.ts';
import { durableStateIn } from './durable-state.ts';
import { newServerContext, type ServerContext } from './server-context.ts';

const PATH = '/data';

/** What connections share where there is a data directory: on a disk whose syncs end when the test says so. */
export class DurableContext {
  readonly disk: SimulatedDisk;
  readonly context: ServerContext;

  /** @param disk what another broker has left; default: a new one */
  constructor(options: BrokerOptions = {}, disk = new SimulatedDisk()) {
    this.disk = disk;
    disk.makeDirectory(PATH);
    disk.directory('/').syncNow();
    const directory = { path: PATH, files: disk, close: () => undefined };
    const config = resolveConfig(options);
    const durable = durableStateIn(directory, undefined, config, SILENT_LOGGER);
    this.context = newServerContext(config, SILENT_LOGGER, durable);
  }

  /** From now on no sync ends by itself. */
  async holdSyncs(): Promise<void> {
    const { disk, context } = this;
    await context.commit.flushed();
    disk.holdsSyncs = true;
    context.vhosts.get('/')!.declareExchange('held', HELD_EXCHANGE); // a sync that is found to be slow: the next are not
    await context.commit.flushed(); //                                   made by holding up the process
  }
}

const HELD_EXCHANGE = { type: 'direct', durable: true, autoDelete: false, internal: false, arguments: new Map() };
