import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD } from '../../protocol/constants.ts';
import type { FrameHandler } from '../../protocol/frame-reader.ts';
import type { CommitListener, GroupCommit } from '../../storage/disk/group-commit.ts';
import type { Backpressure } from '../socket/backpressure.ts';

/** More than this put off, and the connection is not read from. */
const PUT_OFF_LIMIT_OCTETS = 64 * 1024;
/** What a frame that is put off takes beside its octets, so that very many small ones count, too. */
const OVERHEAD_OCTETS = 128;

/** What putting off needs of the connection. Its `frames` get the frames when it is their turn. */
export interface HeldConnection {
  readonly frames: FrameHandler;
  /** Carries out the channel's put-off answer; what it throws is the connection's business. */
  answerHeld(answer: () => void): void;
  /** Nothing can be promised any more. */
  commitFailed(error: Error): void;
  /** Frames that were put off have been handled. */
  workedOff(): void;
}

type CommitBackpressure = Pick<Backpressure, 'pauseForCommit' | 'resumeAfterCommit' | 'isBlocked'>;

interface PutOffFrame {
  readonly type: number;
  readonly octets: Buffer;
  readonly isWholeFrame: boolean;
}

/** A channel whose answer waits, with what has come for it since. */
interface Hold extends CommitListener {
  isWaiting: boolean;
  readonly frames: PutOffFrame[];
  answer: () => void;
  finish: () => void;
}

/**
 * The channels of a connection that wait until something is on disk before they answer. What comes for such a channel
 * meanwhile is put off, in order, and handled after the answer:
 *
 *     queue.declare   basic.publish …   queue.bind            (from the client)
 *          │           put off           put off
 *          ▼
 *        written ····· sync ·····► declare-ok, publish …, bind: written ····· sync ·····► bind-ok
 *
 * What comes for the connection itself (connection.close) waits until no channel does.
 */
export class ChannelHolds {
  /** How many channels wait. While it is 0, frames need not be shown to `putOff`. */
  waitingCount = 0;

  private readonly connection: HeldConnection;
  private readonly backpressure: CommitBackpressure;
  private readonly commit: GroupCommit;
  private readonly holds = new Map<number, Hold>();
  private readonly ownFrames: PutOffFrame[] = [];
  /** Where a basic.publish among the frames has come upon an alarm: that and all behind it wait, and the connection is not read. */
  private readonly blocked: { readonly channel: number; readonly hold: Hold }[] = [];
  private putOffOctets = 0;
  private isPausing = false;

  constructor(connection: HeldConnection, backpressure: CommitBackpressure, commit: GroupCommit) {
    this.connection = connection;
    this.backpressure = backpressure;
    this.commit = commit;
  }

  /**
   * Answers once everything written so far is on disk. Nothing else of the channel may be under way: a channel waits for
   * one answer at a time.
   *
   * @param finish what is to be done after that, or when the channel is gone by then
   */
  begin(channel: number, answer: () => void, finish?: () => void): void {
    this.commit.wait(this.hold(channel, answer, finish));
  }

  /** The same once the work has ended. The answer may throw what has ended it. */
  beginUntil(channel: number, work: Promise<void>, answer: () => void): void {
    const hold = this.hold(channel, answer);
    const failed = (error: unknown) => {
      hold.answer = () => {
        throw error;
      };
    };
    void work.catch(failed).then(() => hold.committed());
  }

  private hold(channel: number, answer: () => void, finish: () => void = () => undefined): Hold {
    const hold = this.holds.get(channel) ?? this.add(channel);
    hold.isWaiting = true;
    hold.answer = answer;
    hold.finish = finish;
    this.waitingCount++;
    return hold;
  }

  private add(channel: number): Hold {
    const hold: Hold = {
      isWaiting: false,
      frames: [],
      answer: () => undefined,
      finish: () => undefined,
      committed: () => this.committed(channel, hold),
      commitFailed: (error) => {
        if (hold.isWaiting) this.connection.commitFailed(error);
      },
    };
    this.holds.set(channel, hold);
    return hold;
  }

  /** Keeps a copy of the frame, if it has to wait; returns false if it is to be handled now. */
  putOff(type: number, channel: number, octets: Buffer, start: number, end: number, isWholeFrame: boolean): boolean {
    const hold = this.holds.get(channel);
    if (channel !== 0 && !hold?.isWaiting) return false;
    const frames = channel === 0 ? this.ownFrames : hold!.frames;
    frames.push({ type, octets: Buffer.from(octets.subarray(start, end)), isWholeFrame });
    this.putOffOctets += end - start + OVERHEAD_OCTETS;
    if (this.putOffOctets > PUT_OFF_LIMIT_OCTETS && !this.isPausing) {
      this.isPausing = true;
      this.backpressure.pauseForCommit();
    }
    return true;
  }

  /**
   * The server has closed the channel: its answer is not sent any more. What was put off goes the way of all that comes on a
   * closed channel, and the connection is read from again.
   */
  drop(channel: number): void {
    const hold = this.holds.get(channel);
    if (hold === undefined || !hold.isWaiting) return;
    this.holds.delete(channel); // whoever opens the channel again does not wait for the same commit
    this.stopWaiting(hold);
    hold.finish();
    this.workOff(channel, hold);
  }

  /** The connection ends, and all its channels are gone. */
  dropAll(): void {
    for (const hold of this.holds.values()) {
      if (!hold.isWaiting) continue;
      this.stopWaiting(hold);
      for (const frame of hold.frames.splice(0)) this.putOffOctets -= sizeOf(frame);
      hold.finish();
    }
    this.holds.clear();
    this.blocked.length = 0;
  }

  /** The connection is closing, and its channels are gone: what has come for itself is handled all the same. */
  connectionCloses(): void {
    this.handle(0, this.ownFrames, () => true);
  }

  private committed(channel: number, hold: Hold): void {
    if (!hold.isWaiting) return; // dropped meanwhile
    this.stopWaiting(hold);
    this.connection.answerHeld(hold.answer);
    hold.finish();
    this.workOff(channel, hold);
  }

  private stopWaiting(hold: Hold): void {
    hold.isWaiting = false;
    this.waitingCount--;
  }

  private workOff(channel: number, hold: Hold): void {
    this.handleHeld(channel, hold);
    this.afterWork();
  }

  /** The alarm is over that has held back what was put off. */
  unblocked(): void {
    if (this.blocked.length === 0) return;
    for (const { channel, hold } of this.blocked.splice(0)) this.handleHeld(channel, hold);
    this.afterWork();
  }

  /** Handles what was put off, up to where the channel has to wait again, or publishes while an alarm is on. */
  private handleHeld(channel: number, hold: Hold): void {
    this.handle(channel, hold.frames, () => !hold.isWaiting && !this.backpressure.isBlocked);
    if (hold.isWaiting) return;
    if (hold.frames.length > 0) this.blocked.push({ channel, hold });
    else if (this.holds.get(channel) === hold) this.holds.delete(channel);
  }

  private afterWork(): void {
    this.handle(0, this.ownFrames, () => this.waitingCount === 0 && this.blocked.length === 0);
    if (this.isPausing && this.putOffOctets <= PUT_OFF_LIMIT_OCTETS) {
      this.isPausing = false;
      this.backpressure.resumeAfterCommit();
    }
    this.connection.workedOff();
  }

  /** A frame may end the connection, which drops all that are left. */
  private handle(channel: number, frames: PutOffFrame[], mayGoOn: () => boolean): void {
    while (frames.length > 0 && mayGoOn()) {
      const frame = frames.shift()!;
      this.putOffOctets -= sizeOf(frame);
      this.handleFrame(channel, frame);
    }
  }

  private handleFrame(channel: number, { type, octets, isWholeFrame }: PutOffFrame): void {
    const { frames } = this.connection;
    if (type === FRAME_METHOD) frames.onMethodFrame(channel, octets, 0, octets.length);
    else if (type === FRAME_HEADER) frames.onHeaderFrame(channel, octets, 0, octets.length);
    else if (type === FRAME_BODY) frames.onBodyOctets(channel, octets, 0, octets.length, isWholeFrame);
  }
}

function sizeOf({ octets }: PutOffFrame): number {
  return octets.length + OVERHEAD_OCTETS;
}
