import assert from 'node:assert/strict';
import type { WireChannel } from '../../support/wire-channel.ts';
import { describe } from '../../support/wire-events.ts';
import type { Actor, Stage } from '../stage.ts';
import { Settlements } from './settlements.ts';

const PREFETCH_COUNTS = [1, 3, 20, 100];

/** Consumes from a queue, over and over on a new channel, and settles most of what comes in all the ways there are. */
export function consuming(stage: Stage, channel: WireChannel, queue: string): Actor {
  return async () => {
    for (;;) {
      await consumeForAWhile(stage, channel, queue);
      await channel.call('channel.open');
    }
  };
}

async function consumeForAWhile(stage: Stage, channel: WireChannel, queue: string): Promise<void> {
  const { ledger, random } = stage;
  const prefetchCount = random.pick(PREFETCH_COUNTS);
  const holder = `consumer ${stage.nextNumber('consumer')}`;
  const settlements = new Settlements(stage, channel, queue);
  await channel.call('basic.qos', { prefetchCount });
  ledger.consuming(queue, holder, prefetchCount);
  channel.send('basic.consume', { queue });
  let isClosing = false;
  for (;;) {
    const event = await channel.next('a delivery');
    if (event.name === 'channel.close-ok') break;
    if (event.name === 'exchange.declare-ok') settlements.answered();
    if (event.name === 'exchange.declare-ok' || event.name === 'basic.consume-ok') continue;
    if (event.name !== 'basic.deliver') assert.fail(`not expected: ${describe(event)}`);
    settlements.delivered(event.args, holder);
    if (isClosing) continue;
    settlements.settleSomehow(Number(event.args.deliveryTag));
    if (settlements.unsettled.size < prefetchCount) continue;
    if (random.chance(2)) settlements.requeueAll();
    else {
      isClosing = true;
      channel.send('channel.close', { replyCode: 200 });
    }
  }
  settlements.closed();
  ledger.released(queue, holder);
}
