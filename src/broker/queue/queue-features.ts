import type { Message } from '../../protocol/message.ts';
import { type DeadLetterQueue, DeadLetters } from './dead-letters.ts';
import type { QueueEnvironment } from './queue-environment.ts';
import type { QueueSettings } from './queue-settings.ts';

/** The plain queue that features act on. */
export interface PlainQueue extends DeadLetterQueue {
  readonly readyCount: number;
  /** Hands the message to a consumer at once, or keeps it. Returns false if it waits although there are consumers. */
  enqueue(message: Message): boolean;
  /** Puts a message that was taken out back to its position. */
  putBack(slot: number, sequence: number): void;
}

/**
 * What a queue does beyond keeping messages in order and handing them out. A queue has none of this unless its settings or a
 * message ask for some of it; each part is a file of its own. The order in which the parts act on a message:
 *
 *     arrives    →  `arrive`        kept as in a plain queue
 *     first      →  `prepareFirst`  whether there is something to be delivered
 *     comes back →  `returned`      back to its position
 *     rejected   →  `rejected`      a dead letter
 */
export class QueueFeatures {
  private readonly queue: PlainQueue;
  private readonly deadLetters: DeadLetters;

  constructor(queue: PlainQueue, environment: QueueEnvironment) {
    this.queue = queue;
    this.deadLetters = new DeadLetters(queue, environment);
  }

  /** Puts the settings into force; what is known of the messages stays. Returns whether there is anything to do. */
  configure({ deadLetterExchange }: QueueSettings): boolean {
    return deadLetterExchange !== undefined;
  }

  /** A message was published to the queue. Returns false if it waits although there are consumers. */
  arrive(message: Message): boolean {
    return this.queue.enqueue(message);
  }

  /** The first message is about to be handed out. Returns whether there is one. */
  prepareFirst(): boolean {
    return this.queue.readyCount > 0;
  }

  /** @param isFailure a consumer has asked for it, rather than left with it */
  returned(slot: number, sequence: number, _isFailure: boolean): void {
    this.queue.putBack(slot, sequence);
  }

  rejected(slot: number): void {
    this.deadLetters.add(slot, 'rejected');
  }

  /** Lets go of what waits for a time: the queue is gone. */
  close(): void {}
}
