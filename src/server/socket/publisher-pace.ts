import type { Queue } from '../../broker/queue/queue.ts';

/** As long as no more than this wait, a pause until the turn's end is enough: consumers must not run dry meanwhile. */
const SHORT_BACKLOG = 4000;
/** So many messages taken since the publisher's last chunk tell consumers that are working from such that dawdle. */
const BRISK_CONSUMPTION = 64;
const LONG_PAUSE_MS = 1;

/** What reads a publisher's socket, and can let that be for a while. */
export interface PacedReader {
  pauseForConsumers(): void;
  resumeAfterConsumers(): void;
}

/**
 * Holds a publisher back as long as consumers need to keep up with it, and no longer (docs/adr/0004): until the end of
 * the turn, or for a millisecond where a backlog has built up that its consumers are briskly working off.
 */
export class PublisherPace {
  private readonly reader: PacedReader;
  /** The queue in which the chunk's last message had to wait although there are consumers. */
  private backlogged: Queue | undefined;
  /** The queue that was looked at last, and how far its consumers had come then. */
  private lastQueue: Queue | undefined;
  private lastPassedCount = 0;
  private isPaused = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(reader: PacedReader) {
    this.reader = reader;
  }

  /** A message waits in the queue although it has consumers. */
  isAheadOf(queue: Queue): void {
    this.backlogged = queue;
  }

  /** Called when a chunk of the publisher's has been handled. */
  afterChunk(): void {
    if (this.backlogged === undefined || this.isPaused) return;
    this.isPaused = true;
    this.reader.pauseForConsumers();
  }

  /** Called at the end of each turn in which the connection took part. */
  endTurn(): void {
    if (!this.isPaused || this.timer !== undefined) return;
    const queue = this.backlogged!;
    const { passedCount } = queue;
    const taken = queue === this.lastQueue ? passedCount - this.lastPassedCount : 0;
    this.lastQueue = queue;
    this.lastPassedCount = passedCount;
    if (queue.readyCount > SHORT_BACKLOG && taken > BRISK_CONSUMPTION) {
      this.timer = setTimeout(() => this.resume(), LONG_PAUSE_MS);
    } else {
      this.resume();
    }
  }

  private resume(): void {
    this.stop();
    this.reader.resumeAfterConsumers();
  }

  /** Forgets about it all, because the connection ends. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isPaused = false;
    this.backlogged = undefined;
  }
}
