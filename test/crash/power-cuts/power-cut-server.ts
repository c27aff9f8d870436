import { setTimeout as sleep } from 'node:timers/promises';
import { DISK_OPERATIONS } from '#src/storage/disk/disk-faults.test.helper.js';
import { SimulatedDisk } from '#src/storage/disk/simulated-disk.test.helper.js';
import type { Random } from '../../support/random.ts';
import type { WireClient } from '../../support/wire-client.ts';
import type { Server } from '../lives.ts';
import { BrokerOnSimulatedDisk } from './broker-on-simulated-disk.ts';

/** How often the broker calls the disk under load before the power goes, at the most. */
const MOST_CALLS = 250;
/** A broker whose publishers wait for room on a full disk, say, may call it no more: then the power goes all the same. */
const LONGEST_LOAD_MS = 500;
const CALLS_OF_A_RECOVERY = 60;
/** So much room may be left, when the disk is filled by others. */
const MOST_ROOM_OCTETS = 200 * 1024;
/** With none it is the disk that refuses to be written to; else the broker holds publishers back first. */
const FREE_LIMITS_OCTETS = [0, 100_000];

/** A machine with a disk, on which a broker lives until the power is cut, and then another. */
export class Machine {
  private disk = new SimulatedDisk();
  private readonly random: Random;
  /** How often what happened. */
  readonly tally = new Map<string, number>();

  constructor(random: Random) {
    this.random = random;
  }

  /** Starts the broker; the power may be cut once or more before it is up. */
  async start(): Promise<Server> {
    const { random } = this;
    while (random.chance(4)) {
      const found = await this.recoverInVain(1 + random.below(CALLS_OF_A_RECOVERY));
      if (found !== undefined) this.disk = found;
    }
    const broker = await BrokerOnSimulatedDisk.start(this.disk, random.pick(FREE_LIMITS_OCTETS));
    return new PowerCutServer(broker, this, this.disk, random);
  }

  /** @returns the disk as it was found after the power was cut at this call to it; undefined: there were not so many */
  private async recoverInVain(cutAt: number): Promise<SimulatedDisk | undefined> {
    const { disk, random } = this;
    let found: SimulatedDisk | undefined;
    onCall(disk, cutAt, () => {
      found = disk.afterPowerCut(random);
    });
    const broker = await BrokerOnSimulatedDisk.start(disk, 0);
    disk.faults.clear();
    await broker.close();
    if (found !== undefined) this.note('power cuts while recovering');
    return found;
  }

  /** What the next broker finds. */
  leave(disk: SimulatedDisk): void {
    this.disk = disk;
  }

  note(event: string): void {
    this.tally.set(event, (this.tally.get(event) ?? 0) + 1);
  }
}

/** Calls the listener once, right before the disk does what it is called for at that call, counted from 1. */
function onCall(disk: SimulatedDisk, at: number, listener: () => void): void {
  let calls = 0;
  const when = () => {
    if (++calls === at) listener();
    return false;
  };
  disk.faults.plan(...DISK_OPERATIONS.map((on) => ({ on, code: 'EIO' as const, when })));
}

/** A broker on the machine, until the power goes. */
class PowerCutServer implements Server {
  private readonly broker: BrokerOnSimulatedDisk;
  private readonly machine: Machine;
  private readonly disk: SimulatedDisk;
  private readonly random: Random;
  private readonly clients: WireClient[] = [];
  private isOver = false;
  private hasBeenFull = false;
  private ended: Promise<void> | undefined;
  private working: Promise<unknown>[] = [];

  constructor(broker: BrokerOnSimulatedDisk, machine: Machine, disk: SimulatedDisk, random: Random) {
    this.broker = broker;
    this.machine = machine;
    this.disk = disk;
    this.random = random;
  }

  get url(): string {
    return this.broker.url;
  }

  connected(client: WireClient): void {
    this.clients.push(client);
  }

  async outage(): Promise<void> {
    const { disk, random } = this;
    disk.holdsSyncs = true;
    this.working.push(this.endSyncs());
    if (random.chance(4)) this.working.push(this.fillDisk());
    const cut = new Promise<void>((resolve) => {
      onCall(disk, 1 + random.below(MOST_CALLS), () => {
        this.cut();
        resolve();
      });
    });
    await Promise.race([cut, sleep(LONGEST_LOAD_MS)]);
    this.cut();
  }

  /** All at one instant: what was sent to clients and did not reach them never will. */
  private cut(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.machine.note('power cuts');
    for (const client of this.clients) void client.abort();
    const found = this.disk.afterPowerCut(this.random);
    found.holdsSyncs = false;
    found.capacityOctets = Number.MAX_SAFE_INTEGER;
    this.machine.leave(found);
  }

  /** The disk ends its syncs in any order, and writes some things without being asked. */
  private async endSyncs(): Promise<void> {
    const { disk, random } = this;
    while (!this.isOver) {
      await (disk.heldSyncs.length === 0 || random.chance(6) ? sleep(1) : immediate());
      if (disk.heldSyncs.length > 0) random.pick(disk.heldSyncs).end();
      if (random.chance(50)) disk.writeBack(random);
    }
    disk.holdsSyncs = false;
    for (const sync of [...disk.heldSyncs]) sync.end();
  }

  /** Others fill the disk, and make room again. */
  private async fillDisk(): Promise<void> {
    const { disk, random } = this;
    await sleep(random.below(LONGEST_LOAD_MS));
    if (this.isOver) return;
    this.machine.note('full disks');
    this.hasBeenFull = true;
    const { totalOctets, freeOctets } = disk.space();
    disk.capacityOctets = totalOctets - freeOctets + random.below(MOST_ROOM_OCTETS);
    await sleep(random.below(LONGEST_LOAD_MS));
    disk.capacityOctets = Number.MAX_SAFE_INTEGER;
  }

  /** What the disk does not take is refused, and nothing is known of it. */
  mayEnd({ message }: Error): boolean {
    return this.hasBeenFull && /RESOURCE_ERROR - no space left in the data directory/.test(message);
  }

  syncs(syncing: () => () => void): void {
    this.working.push(this.syncNowAndThen(syncing));
  }

  private async syncNowAndThen(syncing: () => () => void): Promise<void> {
    while (!this.isOver) {
      await sleep(this.random.below(LONGEST_LOAD_MS));
      if (this.isOver) return;
      const synced = syncing();
      if (!(await this.broker.syncAcks()) || this.isOver) continue;
      synced();
      this.machine.note('syncs of acks');
    }
  }

  async kill(): Promise<void> {
    this.cut();
    await this.end();
  }

  async terminate(): Promise<void> {
    this.isOver = true;
    await this.end();
    this.machine.leave(this.disk.afterPowerCut(this.random));
  }

  /** A broker whose power was cut comes to an end on a disk that nobody looks at any more. */
  private end(): Promise<void> {
    this.ended ??= Promise.all(this.working).then(() => this.broker.close());
    return this.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.isOver = true;
    return this.end();
  }
}

function immediate(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
