import type { WireChannel } from '../../support/wire-channel.ts';
import type { WireClient } from '../../support/wire-client.ts';
import type { Actor, Stage } from '../stage.ts';
import { ROUTES, type Route } from '../topology.ts';

const WINDOW = 100;
const LARGEST_BURST = 30;

/** Publishes numbered messages with confirms. */
export class Publisher {
  private readonly stage: Stage;
  private readonly channel: WireChannel;
  private readonly name: string;
  private lastTag = 0;
  private readonly unconfirmed = new Map<number, string>();

  private constructor(stage: Stage, channel: WireChannel, name: string) {
    this.stage = stage;
    this.channel = channel;
    this.name = name;
  }

  static async open(stage: Stage, channel: WireChannel, name: string): Promise<Publisher> {
    await channel.call('confirm.select');
    return new Publisher(stage, channel, name);
  }

  publish(route: Route): void {
    const { name, isPersistent, body, properties } = this.stage.nextMessage(this.name);
    this.stage.ledger.published({ name, isPersistent, ...route });
    this.unconfirmed.set(++this.lastTag, name);
    this.channel.publish(route.exchange, route.routingKey, body, { properties });
  }

  /** Resolves when no more than so many wait for their confirm. */
  async untilUnconfirmed(most: number): Promise<void> {
    while (this.unconfirmed.size > most) {
      const { deliveryTag, multiple } = await this.channel.expect('basic.ack');
      if (!multiple) this.confirm(Number(deliveryTag));
      else for (const tag of this.unconfirmed.keys()) if (tag <= Number(deliveryTag)) this.confirm(tag);
    }
  }

  private confirm(tag: number): void {
    this.stage.ledger.confirmed(this.unconfirmed.get(tag)!);
    this.unconfirmed.delete(tag);
  }
}

/** Publishes to all routes, with so many unconfirmed messages at the most. */
export async function publishing(stage: Stage, client: WireClient, name: string): Promise<Actor> {
  const publisher = await Publisher.open(stage, await client.channel(), name);
  const { random } = stage;
  return async () => {
    for (;;) {
      for (let burst = random.below(LARGEST_BURST); burst >= 0; burst--) {
        await publisher.untilUnconfirmed(WINDOW - 1);
        publisher.publish(random.pick(ROUTES));
      }
      await publisher.untilUnconfirmed(random.below(WINDOW));
    }
  };
}
