import type { Queue } from './queue.ts';

/** How many messages are not with a consumer. RabbitMQ's tools and metrics call them ready, and know of no others: delayed ones count. */
export function waitingCount({ readyCount, delayedCount }: Queue): number {
  return readyCount + delayedCount;
}

/** What the bodies of these have together. */
export function waitingOctets({ readyOctets, delayedOctets }: Queue): number {
  return readyOctets + delayedOctets;
}
