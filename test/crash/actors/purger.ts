import type { WireClient } from '../../support/wire-client.ts';
import type { Actor, Stage } from '../stage.ts';
import { PURGED, routeTo } from '../topology.ts';
import { Publisher } from './publisher.ts';

const MOST_MESSAGES = 20;

/** Fills a queue and purges it. */
export async function purging(stage: Stage, client: WireClient): Promise<Actor> {
  const publisher = await Publisher.open(stage, await client.channel(1), 'purger');
  const channel = await client.channel(2);
  return async () => {
    for (;;) {
      for (let count = stage.random.below(MOST_MESSAGES); count > 0; count--) publisher.publish(routeTo(PURGED));
      await publisher.untilUnconfirmed(0);
      stage.ledger.discarding(PURGED);
      await channel.call('queue.purge', { queue: PURGED });
      stage.ledger.discarded(PURGED);
    }
  };
}
