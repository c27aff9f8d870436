import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../support/random.ts';
import type { WireChannel } from '../../support/wire-channel.ts';
import { WireClient } from '../../support/wire-client.ts';
import type { Actor } from '../stage.ts';
import type { Server } from '../trial.ts';
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
/** A broker that says nothing for so long hangs. */
const TIMEOUT_MS = 30_000;
/** How long a load lasts at least and at most, before the broker is ended. */
const LOAD_MS = [20, 400] as const;
/** What has not arrived so long after its time never will. */
const PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 20;
const GETS_AT_A_TIME = 50;

/** What is done with the queues when the broker is up again: 'await' lets messages travel first, 'take' stops them where they are. */
type Look = 'nothing' | 'await' | 'take';

/** Lives of a broker that takes messages from queue to queue, on one data directory; each ends under load. */
export class JourneyTrial {
  readonly ledger = new JourneyLedger();
  private readonly startServer: () => Promise<Server>;
  private readonly random: Random;
  private readonly world: World;
  private readonly numbers = new Map<string, number>();
  private clients: WireClient[] = [];

  constructor(startServer: () => Promise<Server>, seed: number) {
    this.startServer = startServer;
    this.random = new Random(seed);
    this.world = { ledger: this.ledger, random: this.random, nextNumber: (publisher) => this.nextNumber(publisher) };
  }

  private nextNumber(publisher: string): number {
    const number = (this.numbers.get(publisher) ?? 0) + 1;
    this.numbers.set(publisher, number);
    return number;
  }

  /** One life; how it ends under load. @throws Error with all violations so far, if there are any */
  async live(ending: 'kill' | 'terminate'): Promise<void> {
    await using server = await this.startServer();
    try {
      await this.look(server, this.random.pick(['nothing', 'nothing', 'await', 'take']));
      this.report();
      await this.load(server, ending);
    } finally {
      await this.disconnect();
    }
    this.report();
  }

  /** The last life: takes everything, looks whether anything is left, and stops the broker. */
  async finish(): Promise<void> {
    await using server = await this.startServer();
    await this.look(server, 'await');
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
    const channel = await (await this.connect(server)).channel();
    if (this.ledger.life === 1) await declareJourneys(channel);
    if (look === 'await') for (const queue of PASSED_THROUGH) await channel.awaitCount(queue, 0);
    if (look !== 'nothing') await this.takeAll(channel);
    await this.disconnect();
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
    for (let isEmpty = false; !isEmpty; ) {
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
  }

  /** Connects everybody who takes part in a load. */
  private async cast(server: Server): Promise<Actor[]> {
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
