import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WireChannel } from '../../support/wire-channel.ts';
import { describe } from '../../support/wire-events.ts';
import type { Actor, Stage } from '../stage.ts';
import { Settlements } from './settlements.ts';

const PAUSE_MS = 5;
const MOST_UNSETTLED = 20;

/** Takes messages from a queue one by one with basic.get. */
export function getting(stage: Stage, channel: WireChannel, queue: string): Actor {
  return async () => {
    const settlements = new Settlements(stage, channel, queue);
    const holder = `getter ${stage.nextNumber('getter')}`;
    stage.ledger.consuming(queue, holder, 1);
    for (;;) {
      channel.send('basic.get', { queue });
      if (!(await receive(channel, settlements, holder))) await sleep(PAUSE_MS);
    }
  };
}

/** @returns whether there was a message */
async function receive(channel: WireChannel, settlements: Settlements, holder: string): Promise<boolean> {
  for (;;) {
    const event = await channel.next('a message');
    if (event.name === 'basic.get-empty') return false;
    if (event.name === 'exchange.declare-ok') {
      settlements.answered();
      continue;
    }
    if (event.name !== 'basic.get-ok') assert.fail(`not expected: ${describe(event)}`);
    settlements.delivered(event.args, holder);
    settlements.settleSomehow(Number(event.args.deliveryTag));
    if (settlements.unsettled.size > MOST_UNSETTLED) settlements.requeueAll();
    return true;
  }
}
