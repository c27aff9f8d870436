import { setTimeout as sleep } from 'node:timers/promises';
import type { WireChannel } from '../../support/wire-channel.ts';
import { type Ending, Lives, type Server } from '../lives.ts';
import type { Actor } from '../stage.ts';
import { publishing, repeating, settling, type World } from './actors.ts';
import { JourneyLedger } from './journey-ledger.ts';
import {
  ALL_QUEUES,
  CONSUMED,
  declareJourneys,
  PASSED_THROUGH,
  REJECTED_FROM,
  REPEATED_JOURNEYS,
  RETURNED_TO,
} from './journeys.ts';

const PUBLISHERS = ['one', 'two'];
/** What has not arrived so long after its time never will. */
const PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 20;
const GETS_AT_A_TIME = 50;

/** What is done with the queues when the broker is up again: 'await' lets messages travel first, 'take' stops them where they are. */
type Look = 'nothing' | 'await' | 'take';

/** Lives of a broker that takes messages from queue to queue. */
export class JourneyTrial extends Lives<Look> {
  readonly ledger = new JourneyLedger();
  protected readonly looks = ['nothing', 'nothing', 'await', 'take'] as const;
  /** Nothing may be left where messages pass through. */
  protected readonly lastLooks = ['await', 'take'] as const;
  private readonly world: World;
  private readonly numbers = new Map<string, number>();

  constructor(startServer: () => Promise<Server>, seed: number) {
    super(startServer, seed);
    this.world = { ledger: this.ledger, random: this.random, nextNumber: (publisher) => this.nextNumber(publisher) };
  }

  private nextNumber(publisher: string): number {
    const number = (this.numbers.get(publisher) ?? 0) + 1;
    this.numbers.set(publisher, number);
    return number;
  }

  protected async look(server: Server, look: Look): Promise<void> {
    const channel = await (await this.connect(server)).channel();
    if (this.ledger.life === 1) await declareJourneys(channel);
    if (look === 'await') for (const queue of PASSED_THROUGH) await this.emptied(channel, queue);
    if (look !== 'nothing') await this.takeAll(channel);
    await this.disconnect();
  }

  private async emptied(channel: WireChannel, queue: string): Promise<void> {
    const deadlineMs = Date.now() + PATIENCE_MS;
    for (;;) {
      const { messageCount } = await channel.call('queue.declare', { queue, passive: true });
      if (messageCount === 0) return;
      if (Date.now() > deadlineMs) this.ledger.violations.push(`${messageCount} messages stay in ${queue}`);
      this.report();
      await sleep(LOOK_AGAIN_MS);
    }
  }

  /** Takes everything from everywhere, until nothing is missing. */
  private async takeAll(channel: WireChannel): Promise<void> {
    const { ledger } = this;
    const deadlineMs = Math.max(Date.now(), ledger.lastDueMs) + PATIENCE_MS;
    for (;;) {
      for (const queue of ALL_QUEUES) await this.take(channel, queue);
      if (ledger.missing.length === 0 || Date.now() > deadlineMs) break;
      await sleep(LOOK_AGAIN_MS);
    }
    ledger.allTaken();
  }

  private async take(channel: WireChannel, queue: string): Promise<void> {
    const { messageCount } = await channel.call('queue.declare', { queue, passive: true });
    for (let isEmpty = messageCount === 0; !isEmpty; ) {
      for (let i = 0; i < GETS_AT_A_TIME; i++) channel.send('basic.get', { queue, noAck: true });
      for (let i = 0; i < GETS_AT_A_TIME; i++) {
        const event = await channel.next('basic.get-ok');
        if (event.name !== 'basic.get-ok') {
          isEmpty = true;
          continue;
        }
        const name = this.ledger.received(queue, event.args);
        if (name !== undefined) this.ledger.settled(queue, name, true);
      }
    }
  }

  protected async cast(server: Server): Promise<Actor[]> {
    const { world, random } = this;
    const actors: Actor[] = [];
    for (const name of PUBLISHERS) {
      actors.push(await publishing(world, await (await this.connect(server)).channel(), name));
    }
    for (const journey of REPEATED_JOURNEYS) {
      const name = `to ${journey.ends[0]}`;
      actors.push(await repeating(world, await (await this.connect(server)).channel(), name, journey));
    }
    const client = await this.connect(server);
    let number = 1;
    for (const queue of REJECTED_FROM) {
      const ways = ['reject', 'reject', 'reject', 'requeue', 'acknowledge'] as const;
      actors.push(await settling(world, await client.channel(number++), queue, ways));
    }
    actors.push(await settling(world, await client.channel(number++), RETURNED_TO, ['requeue']));
    for (const queue of CONSUMED) {
      if (random.chance(2)) actors.push(await settling(world, await client.channel(number++), queue, ['acknowledge']));
    }
    return actors;
  }

  protected brokerEnded(ending: Ending): void {
    this.ledger.brokerEnded(ending === 'power cut');
  }
}
