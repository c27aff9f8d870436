import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../support/random.ts';
import type { WireChannel } from '../support/wire-channel.ts';
import { WireClient } from '../support/wire-client.ts';
import { ALL_QUEUES, CONSUMED, declareFlows, keyIn, LONGEST_DELAY_MS, PAUSED, SHORT, SLOW } from './flows.ts';
import { SoakLedger } from './soak-ledger.ts';
import type { Figures, SoakedBroker } from './soaked-broker.ts';
import { type Activity, churn, consume, publish, repeatedly, transact, type World } from './traffic.ts';

const PUBLISHERS = 3;
/** In each half of a cycle: in the first, nobody consumes. */
const MESSAGES_A_PUBLISHER = 1500;
const CHURNING = 2;
/** What has not arrived so long after the last was published never will. */
const PATIENCE_MS = 120_000;
const LOOK_AGAIN_MS = 50;
/** In every so manyth cycle the slow queue is emptied. */
const SLOW_CYCLES = 4;
const SHORT_POLICY = '/policies/%2F/soak-short';
const PAUSE_PATH = `/queues/%2F/${PAUSED}`;

/** Cycles of mixed traffic, in each of which backlogs grow and are drained; at the end of each the broker has nothing to do. */
export class Soak {
  readonly ledger = new SoakLedger();
  readonly samples: (Figures & { readonly atS: number })[] = [];
  private readonly broker: SoakedBroker;
  private readonly world: World;
  private readonly beganMs = performance.now();
  private cycles = 0;
  private numbers = 0;

  constructor(broker: SoakedBroker, url: string, seed: number) {
    this.broker = broker;
    this.world = { url, ledger: this.ledger, random: new Random(seed), nextNumber: () => this.numbers++ };
  }

  get elapsedS(): number {
    return (performance.now() - this.beganMs) / 1000;
  }

  async begin(): Promise<void> {
    await this.onChannel(declareFlows);
  }

  /** @throws Error if the ledger is not right at its end */
  async cycle(): Promise<void> {
    const { world, ledger } = this;
    this.cycles++;
    const others = [repeatedly(() => this.meddle())];
    for (let i = 0; i < CHURNING; i++) others.push(repeatedly(() => churn(world)));
    await this.publish();
    const consumers: Activity[] = [...CONSUMED, ...CONSUMED].map((queue) =>
      repeatedly((isStopped) => consume(world, queue, isStopped)),
    );
    consumers.push(repeatedly((isStopped) => transact(world, isStopped)));
    await Promise.race([this.publish(), ...[...others, ...consumers].map(({ ended }) => ended)]); // which may fail
    await end(others);
    await this.meddleNoMore();
    await this.drained();
    await end(consumers);
    await sleep(LONGEST_DELAY_MS);
    await this.onChannel((channel) => this.checkQueues(channel));
    ledger.emptied(SLOW);
    ledger.check();
    this.samples.push({ atS: this.elapsedS, ...(await this.broker.figures()) });
  }

  private async publish(): Promise<void> {
    await Promise.all(Array.from({ length: PUBLISHERS }, () => publish(this.world, MESSAGES_A_PUBLISHER)));
  }

  /** Policies and pauses come and go. */
  private async meddle(): Promise<void> {
    const { broker, world } = this;
    const definition = { 'max-length': world.random.below(100) };
    await broker.change('PUT', SHORT_POLICY, { pattern: `^${SHORT}$`, definition, 'apply-to': 'queues' });
    await broker.change('PUT', `${PAUSE_PATH}/pause`);
    await sleep(world.random.below(500));
    await this.meddleNoMore();
    await sleep(world.random.below(500));
  }

  private async meddleNoMore(): Promise<void> {
    await this.broker.change('PUT', `${PAUSE_PATH}/resume`);
    await this.broker.change('DELETE', SHORT_POLICY).catch(() => undefined); // it is gone already
  }

  private async drained(): Promise<void> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (this.ledger.missing(SLOW).length > 0 && performance.now() < deadlineMs) {
      this.ledger.check();
      await sleep(LOOK_AGAIN_MS);
    }
  }

  private async checkQueues(channel: WireChannel): Promise<void> {
    const { ledger } = this;
    for (const queue of ALL_QUEUES) {
      if (queue !== SLOW || this.cycles % SLOW_CYCLES === 0) await this.empty(channel, queue);
      const { messageCount } = await channel.call('queue.declare', { queue, passive: true });
      const { certain, possible } = queue === SLOW ? ledger.left(SLOW) : { certain: 0, possible: 0 };
      if (messageCount >= certain && messageCount <= possible) continue;
      ledger.violations.push(`${queue} has ${messageCount} messages, and should have ${certain} to ${possible}`);
    }
  }

  /** Takes what has come back from the last consumers. */
  private async empty(channel: WireChannel, queue: string): Promise<void> {
    const { ledger } = this;
    for (let message = await channel.get(queue); message !== undefined; message = await channel.get(queue)) {
      const key = keyIn(queue, message.properties.messageId!);
      ledger.delivered(queue, key, message.redelivered);
      ledger.acknowledged(key);
    }
  }

  private async onChannel(use: (channel: WireChannel) => Promise<void>): Promise<void> {
    const client = await WireClient.open(this.world.url);
    await use(await client.channel());
    await client.close();
  }
}

async function end(activities: readonly Activity[]): Promise<void> {
  for (const { stop } of activities) stop();
  await Promise.all(activities.map(({ ended }) => ended));
}
