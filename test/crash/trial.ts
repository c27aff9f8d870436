import type { WireChannel } from '../support/wire-channel.ts';
import { consuming } from './actors/consumer.ts';
import { DEFINED_QUEUES, define, defining } from './actors/definer.ts';
import { getting } from './actors/getter.ts';
import { publishing } from './actors/publisher.ts';
import { purging } from './actors/purger.ts';
import { transacting } from './actors/transactor.ts';
import { Definitions } from './definitions.ts';
import { type Arrival, GUARANTEES_AT_POWER_CUTS, type Guarantees, Ledger } from './ledger.ts';
import { type Ending, Lives, type Server } from './lives.ts';
import { type Actor, arrivalOf, Stage } from './stage.ts';
import { CONSUMED, declareTopology, QUEUES, TRANSACTION_INPUTS } from './topology.ts';

const PUBLISHERS = ['one', 'two', 'three'];
const GETS_AT_A_TIME = 50;
/** How the queues are looked at when the broker is up again: 'count' leaves them alone, 'take' empties them. */
type Look = 'count' | 'peek' | 'take';

/** Lives of a broker whose clients publish, consume, get, purge, define and use transactions. */
export class Trial extends Lives<Look> {
  readonly ledger: Ledger;
  protected readonly looks = ['count', 'count', 'peek', 'take'] as const;
  protected readonly lastLooks = ['take'] as const;
  private readonly stage: Stage;

  constructor(startServer: () => Promise<Server>, seed: number, guarantees?: Guarantees) {
    super(startServer, seed);
    this.ledger = new Ledger(guarantees);
    this.stage = new Stage(this.ledger, new Definitions(this.ledger), this.random);
    define(this.stage);
  }

  protected async look(server: Server, look: Look): Promise<void> {
    const client = await this.connect(server);
    const channel = await client.channel();
    if (this.ledger.life === 1) await declareTopology(channel, this.stage.definitions);
    await this.stage.definitions.check(channel);
    this.report();
    const queues = [...QUEUES, ...DEFINED_QUEUES.filter((queue) => this.isDefined(queue))];
    for (const queue of queues) {
      const { messageCount } = await channel.call('queue.declare', { queue, durable: true });
      this.ledger.counted(queue, messageCount);
      if (look === 'count') continue;
      const arrivals = await getAll(channel, queue, messageCount, look === 'take');
      this.ledger.looked(queue, arrivals, look === 'take');
    }
    if (look !== 'count') this.ledger.lookedAtAll();
    await channel.call('channel.close', { replyCode: 200 });
    await this.disconnect();
  }

  private isDefined(queue: string): boolean {
    return this.stage.definitions.find('queue', queue).state === 'there';
  }

  protected async cast(server: Server): Promise<Actor[]> {
    const { stage, random } = this;
    const actors: Actor[] = [];
    server.syncs?.(() => this.ledger.syncing());
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

  protected brokerEnded(ending: Ending): void {
    this.ledger.brokerEnded(ending === 'power cut' ? GUARANTEES_AT_POWER_CUTS : undefined);
    this.stage.definitions.brokerEnded();
  }
}

/** All messages of the queue, which says that they are so many; if not taken, they go back when the channel is closed. */
async function getAll(channel: WireChannel, queue: string, count: number, noAck: boolean): Promise<Arrival[]> {
  const arrivals: Arrival[] = [];
  for (let isEmpty = false; !isEmpty; ) {
    const gets = 1 + Math.min(GETS_AT_A_TIME, Math.max(0, count - arrivals.length)); // one finds nothing
    for (let i = 0; i < gets; i++) channel.send('basic.get', { queue, noAck });
    for (let i = 0; i < gets; i++) {
      const event = await channel.next('basic.get-ok');
      if (event.name === 'basic.get-ok') arrivals.push(arrivalOf(event.args));
      else isEmpty = true;
    }
  }
  return arrivals;
}
