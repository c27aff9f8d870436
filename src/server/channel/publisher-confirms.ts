import type { GroupCommit } from '../../storage/disk/group-commit.ts';
import { writeConfirm, writeRefusal } from '../socket/content-writer.ts';
import type { ConfirmingChannel } from '../socket/pending-output.ts';
import { AwaitedCommits } from './awaited-commits.ts';
import type { ChannelConnection } from './channel-connection.ts';

/**
 * Which of a channel's messages its publisher has still to hear of (RabbitMQ's extension of AMQP 0-9-1). They are numbered
 * from 1 on; everything up to the first that is not on disk yet is confirmed together, at the end of the turn.
 */
export class PublisherConfirms implements ConfirmingChannel {
  /** How many messages were published, which is the tag of the latest. */
  publishedCount = 0;
  private confirmedCount = 0;
  /** How many of these were told that a queue has refused the message. */
  private toldRefusedCount = 0;
  /** Of messages that a queue has refused, and whose publisher does not know yet; in order. */
  private refusedTags: number[] = [];
  private isDue = false;
  private isClosed = false;
  private readonly number: number;
  private readonly connection: ChannelConnection;
  private readonly awaited = new AwaitedCommits({
    committed: () => this.committed(),
    commitFailed: (error) => this.commitFailed(error),
  });

  constructor(number: number, connection: ChannelConnection) {
    this.number = number;
    this.connection = connection;
  }

  /** How many messages were confirmed: not refused. */
  get takenCount(): number {
    return this.confirmedCount - this.toldRefusedCount;
  }

  /** The latest message is not on disk before the current batch is. */
  awaitCommit(commit: GroupCommit): void {
    this.awaited.add(commit, this.publishedCount);
  }

  /** A queue has refused the latest message. */
  refused(): void {
    this.refusedTags.push(this.publishedCount);
  }

  /** Sees to it that what can be confirmed is, when the turn ends. */
  schedule(): void {
    if (this.isDue || this.confirmable === this.confirmedCount) return;
    this.isDue = true;
    this.connection.pending.confirmAtTurnEnd(this);
  }

  /** How many publishes were not answered yet. */
  get unconfirmedCount(): number {
    return this.publishedCount - this.confirmedCount;
  }

  /** The tag up to which everything can be confirmed. */
  private get confirmable(): number {
    return Math.min(this.publishedCount, this.awaited.firstTag - 1);
  }

  /** Confirms everything up to the first message that is not on disk yet, with a single basic.ack if none was refused. */
  writeConfirms(): void {
    this.isDue = false;
    const { confirmable } = this;
    if (this.refusedTags.length > 0) this.writeRefusals(confirmable);
    this.answerUpTo(confirmable, writeConfirm);
  }

  /** Tells of what was refused up to that tag, and confirms what stands between. */
  private writeRefusals(confirmable: number): void {
    const { refusedTags } = this;
    let next = 0;
    while (next < refusedTags.length && refusedTags[next]! <= confirmable) {
      const first = refusedTags[next]!;
      this.answerUpTo(first - 1, writeConfirm);
      let last = first;
      while (refusedTags[++next] === last + 1 && last < confirmable) last++;
      this.toldRefusedCount += last - first + 1;
      this.answerUpTo(last, writeRefusal);
    }
    this.refusedTags = refusedTags.slice(next);
  }

  private answerUpTo(tag: number, write: typeof writeConfirm): void {
    const count = tag - this.confirmedCount;
    if (count <= 0) return;
    this.confirmedCount = tag;
    write(this.connection.output, this.number, tag, count > 1);
  }

  /** What was published is on disk. */
  private committed(): void {
    if (!this.isClosed) this.schedule();
  }

  /** Nobody knows what is on disk: nothing more is confirmed. */
  private commitFailed(error: Error): void {
    if (!this.isClosed) this.connection.commitFailed(error);
  }

  /** Forgets about confirms that are due, because the channel is gone. */
  close(): void {
    this.isClosed = true;
    this.confirmedCount = this.publishedCount;
  }
}
