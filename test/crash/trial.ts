import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../support/random.ts';
import type { WireChannel } from '../support/wire-channel.ts';
import { WireClient } from '../support/wire-client.ts';
import { consuming } from './actors/consumer.ts';
import { DEFINED_QUEUES, define, defining } from './actors/definer.ts';
import { getting } from './actors/getter.ts';
import { publishing } from './actors/publisher.ts';
import { purging } from './actors/purger.ts';
import { transacting } from './actors/transactor.ts';
import { Definitions } from './definitions.ts';
import { type Arrival, type Guarantees, Ledger } from './ledger.ts';
import { type Actor, arrivalOf, Stage } from './stage.ts';
import { CONSUMED, declareTopology, QUEUES, TRANSACTION_INPUTS } from './topology.ts';

const PUBLISHERS = ['one', 'two', 'three'];
const GETS_AT_A_TIME = 50;
/** A broker that says nothing for so long hangs. */
const TIMEOUT_MS = 30_000;
/** How long a load lasts at least and at most, before the broker is ended. */
const LOAD_MS = [20, 400] as const;

/** A running broker. */
export interface Server extends AsyncDisposable {
  readonly url: string;
  /** Ends it without warning; resolves when it is gone. */
  kill(): Promise<void>;
  /** Asks it to end, and resolves when it has. */
  terminate(): Promise<void>;
}

/** How the queues are looked at when the broker is up again: 'count' leaves them alone, 'take' empties them. */
type Look = 'count' | 'peek' | 'take';

/** Lives of a broker on one data directory: each begins with a look at what survived and ends under load. */
export class Trial {
  readonly ledger: Ledger;
  private readonly startServer: () => Promise<Server>;
  private readonly stage: Stage;
  private readonly random: Random;
  private clients: WireClient[] = [];

  constructor(startServer: () => Promise<Server>, seed: number, guarantees?: Guarantees) {
    this.startServer = startServer;
    this.random = new Random(seed);
    this.ledger = new Ledger(guarantees);
    this.stage = new Stage(this.ledger, new Definitions(this.ledger), this.random);
    define(this.stage);
  }

  /**
   * One life; how it ends under load.
   * @throws Error with all violations so far, if there are any
   */
  async live(ending: 'kill' | 'terminate'): Promise<void> {
    await using server = await this.startServer();
    try {
      await this.look(server, this.random.pick(['count', 'count', 'peek', 'take']));
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
    await this.look(server, 'take');
    await server.terminate();
    this.report();
  }

  private report(): void {
    const { violations, life } = this.ledger;
    if (violations.length === 0) return;
    throw new Error(`after ${life - 1} lives, ${violations.length} violations:\n${violations.slice(0, 20).join('\n')}`);
  }

  private async look(server: Server, look: Look): Promise<void> {
    const client = await this.connect(server);
    const channel = await client.channel();
    if (this.ledger.life === 1) await declareTopology(channel, this.stage.definitions);
    await this.stage.definitions.check(channel);
    this.report();
    const queues = [...QUEUES, ...DEFINED_QUEUES.filter((queue) => this.isDefined(queue))];
    for (const queue of queues) {
      const { messageCount } = await channel.call('queue.declare', { queue, durable: true });
      this.ledger.counted(queue, messageCount);
      if (look !== 'count') this.ledger.looked(queue, await getAll(channel, queue, look === 'take'), look === 'take');
    }
    if (look !== 'count') this.ledger.lookedAtAll();
    await channel.call('channel.close', { replyCode: 200 });
    await client.close();
    this.clients = [];
  }

  private isDefined(queue: string): boolean {
    return this.stage.definitions.find('queue', queue).state === 'there';
  }

  private async load(server: Server, ending: 'kill' | 'terminate'): Promise<void> {
    const actors = await this.cast(server);
    let isOver = false;
    const ends = actors.map((actor) =>
      actor().catch((error) => {
        if (!isOver) this.ledger.violations.push(`under load: ${error}`);
      }),
    );
    const [leastMs, mostMs] = LOAD_MS;
    await Promise.race([sleep(leastMs + this.random.below(mostMs - leastMs)), ...ends]);
    isOver = true;
    const ended = server[ending]();
    await Promise.all(ends);
    await this.disconnect();
    await ended;
    this.ledger.brokerEnded();
    this.stage.definitions.brokerEnded();
  }

  /** Connects everybody who takes part in a load. */
  private async cast(server: Server): Promise<Actor[]> {
    const { stage, random } = this;
    const actors: Actor[] = [];
    for (const name of PUBLISHERS) actors.push(await publishing(stage, await this.connect(server), name));
    for (const queue of TRANSACTION_INPUTS) actors.push(await transacting(stage, await this.connect(server), queue));
    actors.push(await purging(stage, await this.connect(server)));
    actors.push(await defining(stage, await this.connect(server)));
    const clients = [await this.connect(server), await this.connect(server)];
    for (const [i, queue] of CONSUMED.entries()) {
      const channel = await random.pick(clients).channel(i + 1);
      const take = random.pick([consuming, consuming, getting, undefined]);
      if (take !== undefined) actors.push(take(stage, channel, queue));
    }
    return actors;
  }

  private async connect({ url }: Server): Promise<WireClient> {
    const client = await WireClient.open(url);
    client.timeoutMs = TIMEOUT_MS;
    this.clients.push(client);
    return client;
  }

  private async disconnect(): Promise<void> {
    for (const client of this.clients) await client.abort();
    this.clients = [];
  }
}

/** All messages of the queue; if not taken, they go back when the channel is closed. */
async function getAll(channel: WireChannel, queue: string, noAck: boolean): Promise<Arrival[]> {
  const arrivals: Arrival[] = [];
  for (let isEmpty = false; !isEmpty; ) {
    for (let i = 0; i < GETS_AT_A_TIME; i++) channel.send('basic.get', { queue, noAck });
    for (let i = 0; i < GETS_AT_A_TIME; i++) {
      const event = await channel.next('basic.get-ok');
      if (event.name === 'basic.get-ok') arrivals.push(arrivalOf(event.args));
      else isEmpty = true;
    }
  }
  return arrivals;
}
