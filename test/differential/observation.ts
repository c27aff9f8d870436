import type { WireEvent } from '../support/wire-events.ts';
import { comparableText } from './comparable.ts';
import type { Line } from './plan.ts';

/**
 * What the clients of a broker have seen since a step began. What a channel delivers from different queues comes in any
 * order, and so do confirms; everything else has one.
 */
export class Observation {
  private readonly groups = new Map<string, string[]>();
  /** Grows with everything that is seen. */
  size = 0;

  event(line: Line, event: WireEvent): void {
    this.size++;
    if (event.name === 'basic.ack' || event.name === 'basic.nack') return;
    this.add(`channel ${line}${groupOf(event)}`, comparableText(event));
  }

  add(group: string, text: string): void {
    const texts = this.groups.get(group) ?? [];
    texts.push(text);
    this.groups.set(group, texts);
    this.size++;
  }

  /** In an order that does not depend on which came first. */
  get lines(): string[] {
    const sorted = [...this.groups].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.flatMap(([group, texts]) => texts.map((text) => `${group}: ${text}`));
  }
}

function groupOf(event: WireEvent): string {
  if (event.name === 'basic.deliver') return `, consumer ${event.args.consumerTag}`;
  return event.name === 'basic.return' ? ', returned' : '';
}
