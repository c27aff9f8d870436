import type { WireChannel } from '../../support/wire-channel.ts';
import type { WireClient } from '../../support/wire-client.ts';
import type { TransactionRecord } from '../ledger.ts';
import { type Actor, arrivalOf, type Stage } from '../stage.ts';
import { TRANSACTION_ROUTES } from '../topology.ts';

const MOST_INPUTS = 3;
const MOST_OUTPUTS = 4;

/** Takes messages from the queue and publishes others to two more, in transactions; some are rolled back. */
export async function transacting(stage: Stage, client: WireClient, queue: string): Promise<Actor> {
  const channel = await client.channel();
  await channel.call('tx.select');
  const { ledger, random } = stage;
  const holder = `transactor ${stage.nextNumber('transactor')}`;
  /** Names of unacknowledged messages by their delivery tags. */
  const unsettled = new Map<number, string>();
  ledger.consuming(queue, holder, 1);
  return async () => {
    for (;;) {
      await getInputs(stage, channel, queue, holder, unsettled);
      const transaction = ledger.begin();
      publishOutputs(stage, channel, `for ${queue}`, transaction);
      const settled = acknowledgeSome(stage, channel, queue, transaction, unsettled);
      if (random.chance(6)) {
        await channel.call('tx.rollback'); // and all are unacknowledged again
        continue;
      }
      ledger.committing(transaction);
      await channel.call('tx.commit');
      ledger.committed(transaction);
      for (const tag of settled) unsettled.delete(tag);
    }
  };
}

async function getInputs(
  { ledger, random }: Stage,
  channel: WireChannel,
  queue: string,
  holder: string,
  unsettled: Map<number, string>,
): Promise<void> {
  for (let count = random.below(MOST_INPUTS + 1); count > 0; count--) {
    const input = await channel.get(queue, false);
    if (input === undefined) return;
    const arrival = arrivalOf(input);
    ledger.delivered(queue, arrival, holder);
    unsettled.set(Number(input.deliveryTag), arrival.name!);
  }
}

function publishOutputs(stage: Stage, channel: WireChannel, publisher: string, transaction: TransactionRecord): void {
  for (let count = stage.random.below(MOST_OUTPUTS); count >= 0; count--) {
    const { name, isPersistent, body, properties } = stage.nextMessage(publisher);
    const route = stage.random.pick(TRANSACTION_ROUTES);
    stage.ledger.published({ name, isPersistent, ...route }, transaction);
    channel.publish(route.exchange, route.routingKey, body, { properties });
  }
}

/** @returns their delivery tags */
function acknowledgeSome(
  { ledger, random }: Stage,
  channel: WireChannel,
  queue: string,
  transaction: TransactionRecord,
  unsettled: ReadonlyMap<number, string>,
): number[] {
  const settled: number[] = [];
  for (const [deliveryTag, name] of unsettled) {
    if (random.chance(5)) continue;
    settled.push(deliveryTag);
    ledger.settlingIn(transaction, queue, name);
    channel.send('basic.ack', { deliveryTag });
  }
  return settled;
}
