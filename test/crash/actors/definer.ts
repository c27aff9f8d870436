import type { WireChannel } from '../../support/wire-channel.ts';
import type { WireClient } from '../../support/wire-client.ts';
import { BOUND, type Definition } from '../definitions.ts';
import type { Actor, Stage } from '../stage.ts';
import { routeTo } from '../topology.ts';
import { Publisher } from './publisher.ts';

const MOST_MESSAGES = 10;
const COMING_QUEUES = ['coming-1', 'coming-2', 'coming-3'];
const COMING_EXCHANGES = ['coming-x', 'coming-y', 'coming-z'];
const FLEETING_QUEUE = 'fleeting';
const EXCLUSIVE_QUEUE = 'exclusive';
const FLEETING_EXCHANGE = 'fleeting-x';

/** Queues of these that are there may have messages. */
export const DEFINED_QUEUES: readonly string[] = COMING_QUEUES;

/** All that comes and goes, of which nothing is there yet. */
export function define({ definitions }: Stage): void {
  for (const queue of COMING_QUEUES) definitions.add('queue', queue);
  for (const exchange of COMING_EXCHANGES) {
    definitions.add('exchange', exchange);
    definitions.add('binding', exchange);
  }
  definitions.add('queue', FLEETING_QUEUE, true);
  definitions.add('queue', EXCLUSIVE_QUEUE, true);
  definitions.add('exchange', FLEETING_EXCHANGE, true);
}

/** Declares and deletes queues, with messages in them, exchanges and bindings. */
export async function defining(stage: Stage, client: WireClient): Promise<Actor> {
  const channel = await client.channel(1);
  const publisher = await Publisher.open(stage, await client.channel(2), 'definer');
  const { random, definitions } = stage;
  await declareFleeting(stage, channel);
  return async () => {
    for (;;) {
      const name = random.pick([...COMING_QUEUES, ...COMING_EXCHANGES]);
      if (COMING_EXCHANGES.includes(name)) await changeExchange(stage, channel, name);
      else if (definitions.find('queue', name).state === 'there') await deleteQueue(stage, channel, name);
      else {
        const queue = definitions.find('queue', name);
        await change(queue, 'there', () => channel.call('queue.declare', { queue: name, durable: true }));
        for (let count = random.below(MOST_MESSAGES); count > 0; count--) publisher.publish(routeTo(name));
        await publisher.untilUnconfirmed(0);
      }
    }
  };
}

async function declareFleeting({ definitions }: Stage, channel: WireChannel): Promise<void> {
  const [queue, exclusive] = [FLEETING_QUEUE, EXCLUSIVE_QUEUE];
  await change(definitions.find('queue', queue), 'there', () => channel.call('queue.declare', { queue }));
  await change(definitions.find('queue', exclusive), 'there', () =>
    channel.call('queue.declare', { queue: exclusive, durable: true, exclusive: true }),
  );
  const exchange = FLEETING_EXCHANGE;
  await change(definitions.find('exchange', exchange), 'there', () =>
    channel.call('exchange.declare', { exchange, type: 'direct' }),
  );
}

async function deleteQueue({ ledger, definitions }: Stage, channel: WireChannel, queue: string): Promise<void> {
  ledger.discarding(queue);
  await change(definitions.find('queue', queue), 'gone', () => channel.call('queue.delete', { queue }));
  ledger.queueGone(queue);
}

/** The exchange is declared, bound, unbound and deleted, in this order but for a deletion that may come early. */
async function changeExchange({ definitions, random }: Stage, channel: WireChannel, name: string): Promise<void> {
  const exchange = definitions.find('exchange', name);
  const binding = definitions.find('binding', name);
  const route = { queue: BOUND, exchange: name, routingKey: name };
  if (exchange.state === 'gone') {
    const args = { exchange: name, type: 'direct', durable: true };
    await change(exchange, 'there', () => channel.call('exchange.declare', args));
  } else if (random.chance(3)) {
    if (binding.state === 'there') binding.state = 'unknown';
    await change(exchange, 'gone', () => channel.call('exchange.delete', { exchange: name }));
    binding.state = 'gone';
  } else if (binding.state === 'gone') {
    await change(binding, 'there', () => channel.call('queue.bind', route));
  } else {
    await change(binding, 'gone', () => channel.call('queue.unbind', route));
  }
}

async function change(definition: Definition, to: 'there' | 'gone', call: () => Promise<unknown>): Promise<void> {
  definition.state = 'unknown';
  await call();
  definition.state = to;
}
