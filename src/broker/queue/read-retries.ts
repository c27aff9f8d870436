import type { Clock } from '../../time/clock.ts';

/** A queue whose messages are delivered as far as they can be read. */
export interface ReadingQueue {
  readonly name: string;
  pump(): void;
}

/** When the disk did not give a message back, it is tried again after so long. */
const RETRY_MS = 1000;

/**
 * The queues of a virtual host whose first message can't be read at present. Their consumers wait: what sets off a delivery
 * may be an acknowledgement of another connection, or a socket that was drained, and none of them is to suffer for it.
 */
export class ReadRetries {
  private readonly clock: Clock;
  private readonly tell: (queue: string, error: Error) => void;
  private readonly waiting = new Set<ReadingQueue>();

  /** @param tell is told why, of one queue in all that wait at the same time */
  constructor(clock: Clock, tell: (queue: string, error: Error) => void) {
    this.clock = clock;
    this.tell = tell;
  }

  add(queue: ReadingQueue, error: Error): void {
    const isFirst = this.waiting.size === 0;
    this.waiting.add(queue);
    if (!isFirst) return;
    this.tell(queue.name, error);
    this.clock.after(RETRY_MS, () => this.retry());
  }

  has(queue: ReadingQueue): boolean {
    return this.waiting.has(queue);
  }

  private retry(): void {
    const queues = [...this.waiting];
    this.waiting.clear();
    for (const queue of queues) queue.pump();
  }
}
