import assert from 'node:assert/strict';
import type { WireChannel } from '../../support/wire-channel.ts';
import type { Received } from '../../support/wire-events.ts';
import { arrivalOf, type Stage } from '../stage.ts';

/** The unacknowledged deliveries of one queue on one channel, and what becomes of them. */
export class Settlements {
  /** Names by delivery tags, in order. */
  readonly unsettled = new Map<number, string>();
  private readonly stage: Stage;
  private readonly channel: WireChannel;
  private readonly queue: string;
  /** Acknowledged, and nothing was asked since. */
  private unasked: string[] = [];
  /** For each question that was not answered yet, what is known to have arrived once it is. */
  private readonly asked: string[][] = [];

  constructor(stage: Stage, channel: WireChannel, queue: string) {
    this.stage = stage;
    this.channel = channel;
    this.queue = queue;
  }

  delivered(received: Received<'basic.deliver'> | Received<'basic.get-ok'>, holder: string): void {
    const arrival = arrivalOf(received);
    this.stage.ledger.delivered(this.queue, arrival, holder);
    assert.ok(arrival.name !== undefined, `a message without a name in ${this.queue}`);
    this.unsettled.set(Number(received.deliveryTag), arrival.name);
  }

  /** Settles one in a random way, or leaves it. */
  settleSomehow(tag: number): void {
    const { random } = this.stage;
    const way = random.below(20);
    if (way < 2) return;
    if (way < 4) this.requeue(tag);
    else if (way < 6) this.discard(tag);
    else this.acknowledge(tag, way < 8);
    if (random.chance(3)) this.ask();
  }

  acknowledge(deliveryTag: number, multiple: boolean): void {
    this.settled(deliveryTag, multiple);
    this.channel.send('basic.ack', { deliveryTag, multiple });
  }

  /** All of them go back. */
  requeueAll(): void {
    for (const name of this.unsettled.values()) this.stage.ledger.requeued(this.queue, name);
    this.unsettled.clear();
    this.channel.send('basic.nack', { deliveryTag: 0, multiple: true, requeue: true });
  }

  private discard(deliveryTag: number): void {
    this.settled(deliveryTag, false);
    this.channel.send('basic.reject', { deliveryTag, requeue: false });
  }

  private requeue(deliveryTag: number): void {
    this.stage.ledger.requeued(this.queue, this.unsettled.get(deliveryTag)!);
    this.unsettled.delete(deliveryTag);
    this.channel.send('basic.reject', { deliveryTag, requeue: true });
  }

  private settled(deliveryTag: number, multiple: boolean): void {
    for (const [tag, name] of this.unsettled) {
      if (tag !== deliveryTag && (!multiple || tag > deliveryTag)) continue;
      this.stage.ledger.settling(this.queue, name);
      this.unasked.push(name);
      this.unsettled.delete(tag);
    }
  }

  /** Once this is answered, what was settled before is known to have arrived. */
  private ask(): void {
    this.asked.push(this.unasked);
    this.unasked = [];
    this.channel.nudge();
  }

  /** The oldest question was answered. */
  answered(): void {
    for (const name of this.asked.shift()!) this.stage.ledger.settlementKnown(this.queue, name);
  }

  /** The channel was closed: all that was sent has arrived, and what was not settled goes back. */
  closed(): void {
    for (const name of [...this.asked.flat(), ...this.unasked]) this.stage.ledger.settlementKnown(this.queue, name);
  }
}
