import assert from 'node:assert/strict';
import type { Random } from '../../support/random.ts';
import type { WireChannel } from '../../support/wire-channel.ts';
import { type Delivery, describe } from '../../support/wire-events.ts';
import type { Actor } from '../stage.ts';
import type { JourneyLedger } from './journey-ledger.ts';
import { JOURNEYS, type Journey } from './journeys.ts';
import { travellingMessage, type Wishes, wishesOf } from './travelling-message.ts';

const WINDOW = 60;
const LARGEST_BURST = 20;
const PREFETCH_COUNTS = [1, 5, 30];
/** How far back who repeats messages goes. */
const REPEATED = 12;
const AT_ONCE: Wishes = { delayMs: 0, expirationMs: undefined };

/** What everybody who takes part has in common. */
export interface World {
  readonly ledger: JourneyLedger;
  readonly random: Random;
  /** The next number for what a publisher publishes; numbers go on over the broker's lives. */
  nextNumber(publisher: string): number;
}

/** Publishes with confirms, with so many unconfirmed messages at the most. */
class Publisher {
  private readonly world: World;
  private readonly channel: WireChannel;
  private readonly name: string;
  private lastTag = 0;
  private readonly unconfirmed = new Map<number, string>();

  constructor(world: World, channel: WireChannel, name: string) {
    this.world = world;
    this.channel = channel;
    this.name = name;
  }

  async publish(number: number, journey: Journey, wishes: Wishes): Promise<void> {
    await this.untilUnconfirmed(WINDOW - 1);
    const { name, isPersistent, body, properties } = travellingMessage(this.name, number, wishes);
    if (journey.isOnce && !isPersistent) return; // whether it is known after a restart is another matter
    this.world.ledger.published(name, journey, isPersistent, wishes);
    this.unconfirmed.set(++this.lastTag, name);
    this.channel.publish(journey.exchange, journey.routingKey, body, { properties });
  }

  async untilUnconfirmed(most: number): Promise<void> {
    const { ledger } = this.world;
    while (this.unconfirmed.size > most) {
      const event = await this.channel.next('a confirm');
      if (event.name !== 'basic.ack' && event.name !== 'basic.nack') assert.fail(`not expected: ${describe(event)}`);
      const tell = event.name === 'basic.ack' ? ledger.confirmed : ledger.refused;
      const { deliveryTag, multiple } = event.args;
      for (const [tag, name] of this.unconfirmed) {
        if (tag !== Number(deliveryTag) && (!multiple || tag > Number(deliveryTag))) continue;
        tell.call(ledger, name);
        this.unconfirmed.delete(tag);
      }
    }
  }
}

/** Sends messages on all journeys. */
export async function publishing(world: World, channel: WireChannel, name: string): Promise<Actor> {
  await channel.call('confirm.select');
  const publisher = new Publisher(world, channel, name);
  const { random } = world;
  return async () => {
    for (;;) {
      for (let burst = random.below(LARGEST_BURST); burst >= 0; burst--) {
        const journey = random.pick(JOURNEYS);
        await publisher.publish(world.nextNumber(name), journey, wishesOf(journey, random));
      }
      await publisher.untilUnconfirmed(random.below(WINDOW));
    }
  };
}

/** Publishes messages again and again where duplicates are dropped, over the broker's lives. */
export async function repeating(world: World, channel: WireChannel, name: string, journey: Journey): Promise<Actor> {
  await channel.call('confirm.select');
  const publisher = new Publisher(world, channel, name);
  const { random } = world;
  return async () => {
    for (;;) {
      const newest = world.nextNumber(name);
      for (let times = random.below(4); times >= 0; times--) {
        await publisher.publish(Math.max(1, newest - random.below(REPEATED)), journey, AT_ONCE);
      }
      await publisher.untilUnconfirmed(random.below(WINDOW));
    }
  };
}

/** Something that becomes of a delivery. */
type Settlement = 'acknowledge' | 'reject' | 'requeue';

/** Takes messages from a queue, and settles them in one of these ways each, some at a time. */
export async function settling(
  { ledger, random }: World,
  channel: WireChannel,
  queue: string,
  ways: readonly Settlement[],
): Promise<Actor> {
  const prefetchCount = random.pick(PREFETCH_COUNTS);
  await channel.call('basic.qos', { prefetchCount });
  channel.send('basic.consume', { queue });
  await channel.expect('basic.consume-ok');
  const settle = ({ deliveryTag }: Delivery, name: string) => {
    const way = random.pick(ways);
    if (way === 'acknowledge') {
      ledger.settled(queue, name, false);
      channel.send('basic.ack', { deliveryTag });
    } else channel.send('basic.reject', { deliveryTag, requeue: way === 'requeue' });
  };
  return async () => {
    let unsettled: [Delivery, string][] = [];
    for (;;) {
      const delivery = await channel.expectDelivery();
      const name = ledger.received(queue, delivery);
      if (name !== undefined) unsettled.push([delivery, name]);
      if (unsettled.length <= random.below(prefetchCount) || unsettled.length === 0) continue;
      for (const [received, its] of unsettled) settle(received, its);
      unsettled = [];
    }
  };
}
