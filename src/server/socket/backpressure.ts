import type { MemoryAlarm } from '../../broker/alarms/memory-alarm.ts';
import type { AlarmListener, ResourceAlarms } from '../../broker/alarms/resource-alarms.ts';
import { violated } from '../../observe/invariants.ts';
import { type PacedReader, PublisherPace } from './publisher-pace.ts';
import type { SocketReader } from './socket-reader.ts';

/** Reasons not to read from the socket; it is read while there are none. */
const ALARM = 1;
const UNREAD_REPLIES = 2;
const CONSUMERS = 4;
const COMMIT = 8;
const OTHERS = 16;

/** The connection that is held back. */
export interface HeldBack {
  /** It publishes while an alarm is on; `reason` says which. */
  blocked(reason: string): void;
  /** Nothing more of what has come already is to be handled for now. */
  interruptInput(): void;
  unblocked(): void;
  /** Asks for the connection to take part in the turn's end. */
  outputBegun(): void;
  /** The connection's silence was our doing. */
  readingResumed(): void;
}

/** When a connection is not read from: while memory or disk is short, replies are left unread, or consumers need to catch up. */
export class Backpressure implements AlarmListener, PacedReader {
  readonly pace = new PublisherPace(this);
  private readonly reader: SocketReader;
  private readonly alarms: ResourceAlarms;
  private readonly memory: MemoryAlarm;
  private readonly connection: HeldBack;
  private reasons = 0;
  /** An alarm has it wait. */
  isBlocked = false;
  private isYielding = false;

  constructor(reader: SocketReader, alarms: ResourceAlarms, memory: MemoryAlarm, connection: HeldBack) {
    this.reader = reader;
    this.alarms = alarms;
    this.memory = memory;
    this.connection = connection;
  }

  get isReading(): boolean {
    return this.reasons === 0;
  }

  /** Called for each basic.publish: while an alarm is on, the message that it announces waits, and all that comes behind it. */
  beforeMessage(): void {
    if (!this.alarms.isRaised) return;
    this.block();
    this.connection.interruptInput();
  }

  private block(): void {
    if (this.isBlocked) return;
    this.isBlocked = true;
    this.alarms.wait(this);
    this.connection.blocked(this.alarms.reason);
    this.pause(ALARM);
  }

  /**
   * Counts octets of a body that is not complete yet; negative, once it is complete or given up. While an alarm is on, a
   * message that has begun may still be finished: but not by a connection that has begun several, since it may never.
   */
  countUnfinished(octets: number, isOneOfSeveral: boolean): void {
    const { memory } = this;
    if (memory.unfinishedOctets + octets < 0) violated('less than nothing of all bodies is on its way');
    memory.unfinishedOctets += octets;
    if (isOneOfSeveral && this.alarms.isRaised) this.block();
  }

  alarmsOver(): void {
    this.isBlocked = false;
    this.connection.unblocked();
    this.resume(ALARM);
  }

  repliesUnread(): void {
    this.pause(UNREAD_REPLIES);
  }

  repliesRead(): void {
    this.resume(UNREAD_REPLIES);
  }

  pauseForConsumers(): void {
    this.pause(CONSUMERS);
    this.connection.outputBegun();
  }

  resumeAfterConsumers(): void {
    this.resume(CONSUMERS);
  }

  /** Much has come for channels that wait for a commit. */
  pauseForCommit(): void {
    this.pause(COMMIT);
  }

  resumeAfterCommit(): void {
    this.resume(COMMIT);
  }

  /** Its methods have taken so long that it is the others' turn: then it goes on with what has come already. */
  yieldToOthers(goOn: () => void): void {
    this.pause(OTHERS);
    if (this.isYielding) return;
    this.isYielding = true;
    setImmediate(() => {
      this.isYielding = false;
      goOn();
    });
  }

  resumeAfterOthers(): void {
    this.resume(OTHERS);
  }

  private pause(reason: number): void {
    this.reasons |= reason;
    this.reader.pause();
  }

  private resume(reason: number): void {
    if ((this.reasons & reason) === 0) return;
    this.reasons &= ~reason;
    if (this.reasons !== 0) return;
    this.connection.readingResumed();
    this.reader.resume();
  }

  /** Holds nothing back any more, because the connection ends: its last words are to be read. */
  stop(): void {
    this.alarms.forget(this);
    this.isBlocked = false;
    this.pace.stop();
    this.resume(this.reasons);
  }
}
