import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../support/random.ts';
import { WireClient } from '../support/wire-client.ts';
import type { Actor } from './stage.ts';

/** A broker that says nothing for so long hangs. */
const TIMEOUT_MS = 30_000;
/** How long a load lasts at least and at most, before the broker is ended. */
const LOAD_MS = [20, 400] as const;
const SHOWN_VIOLATIONS = 20;

/** How a broker's life ends. */
export type Ending = 'kill' | 'terminate' | 'power cut';

/** A running broker. */
export interface Server extends AsyncDisposable {
  readonly url: string;
  /** Told of each client: one that loses its connection at the instant of a power cut. */
  connected?(client: WireClient): void;
  /** Has the power cut at any instant from now on; resolves when that has happened. */
  outage?(): Promise<void>;
  /** Whether a client may lose its connection so: as the disk is full, say. */
  mayEnd?(error: Error): boolean;
  /** Acks and deliveries are to be synced now and then. @param syncing returns what is to be called when they are */
  syncs?(syncing: () => () => void): void;
  /** Ends it without warning; resolves when it is gone. */
  kill(): Promise<void>;
  /** Asks it to end, and resolves when it has. */
  terminate(): Promise<void>;
}

/** What everybody has seen, and what of it must not be. */
export interface LedgerOfLives {
  /** The number of the broker's life, from 1 on. */
  readonly life: number;
  readonly violations: string[];
  /** How often what happened. */
  readonly tally: ReadonlyMap<string, number>;
}

/** Lives of a broker on one data directory: each begins with a look at what survived and ends under load. */
export abstract class Lives<Look> {
  abstract readonly ledger: LedgerOfLives;
  protected readonly random: Random;
  private readonly startServer: () => Promise<Server>;
  private clients: WireClient[] = [];

  constructor(startServer: () => Promise<Server>, seed: number) {
    this.startServer = startServer;
    this.random = new Random(seed);
  }

  /** How the queues may be looked at when the broker is up again. */
  protected abstract readonly looks: readonly Look[];
  /** How they are looked at in the end, one after the other. */
  protected abstract readonly lastLooks: readonly Look[];
  protected abstract look(server: Server, look: Look): Promise<void>;
  /** Connects everybody who takes part in a load. */
  protected abstract cast(server: Server): Promise<Actor[]>;
  protected abstract brokerEnded(ending: Ending): void;

  /**
   * One life; how it ends under load.
   * @throws Error with all violations so far, if there are any
   */
  async live(ending: Ending): Promise<void> {
    await using server = await this.startServer();
    try {
      await this.look(server, this.random.pick(this.looks));
      this.report();
      await this.load(server, ending);
    } finally {
      await this.disconnect();
    }
    this.report();
  }

  /** The last life: takes everything, and stops the broker. */
  async finish(): Promise<void> {
    await using server = await this.startServer();
    for (const look of this.lastLooks) await this.look(server, look);
    await server.terminate();
    this.report();
  }

  protected report(): void {
    const { violations, life } = this.ledger;
    if (violations.length === 0) return;
    const shown = violations.slice(0, SHOWN_VIOLATIONS).join('\n');
    throw new Error(`after ${life - 1} lives, ${violations.length} violations:\n${shown}`);
  }

  private async load(server: Server, ending: Ending): Promise<void> {
    const actors = await this.cast(server);
    let isOver = false;
    const ends = actors.map((actor) =>
      actor().catch((error) => {
        if (!isOver && server.mayEnd?.(error) !== true) this.ledger.violations.push(`under load: ${error}`);
      }),
    );
    await Promise.race([ending === 'power cut' ? server.outage!() : this.loadIsOver(), ...ends]);
    isOver = true;
    const ended = ending === 'terminate' ? server.terminate() : server.kill();
    await Promise.all(ends);
    await this.disconnect();
    await ended;
    this.brokerEnded(ending);
  }

  private loadIsOver(): Promise<void> {
    const [leastMs, mostMs] = LOAD_MS;
    return sleep(leastMs + this.random.below(mostMs - leastMs));
  }

  protected async connect(server: Server): Promise<WireClient> {
    const client = await WireClient.open(server.url);
    server.connected?.(client);
    client.timeoutMs = TIMEOUT_MS;
    this.clients.push(client);
    return client;
  }

  protected async disconnect(): Promise<void> {
    for (const client of this.clients) await client.abort();
    this.clients = [];
  }
}
