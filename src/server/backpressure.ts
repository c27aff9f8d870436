import type { Socket } from 'node:net';
import type { AlarmListener, MemoryAlarm } from '../broker/memory-alarm.ts';
import { type PacedReader, PublisherPace } from './publisher-pace.ts';

/** Reasons not to read from the socket; it is read while there are none. */
const ALARM = 1;
const UNREAD_REPLIES = 2;
const CONSUMERS = 4;

/** The connection that is held back. */
export interface HeldBack {
  blocked(): void;
  unblocked(): void;
  /** Asks for the connection to take part in the turn's end. */
  outputBegun(): void;
  /** The connection's silence was our doing. */
  readingResumed(): void;
}

/** When a connection is not read from: while memory is short, replies are left unread, or consumers need to catch up. */
export class Backpressure implements AlarmListener, PacedReader {
  readonly pace = new PublisherPace(this);
  private readonly socket: Socket;
  private readonly alarm: MemoryAlarm;
  private readonly connection: HeldBack;
  private reasons = 0;
  private isBlocked = false;

  constructor(socket: Socket, alarm: MemoryAlarm, connection: HeldBack) {
    this.socket = socket;
    this.alarm = alarm;
    this.connection = connection;
  }

  get isReading(): boolean {
    return this.reasons === 0;
  }

  /** Called after each published message: publishers wait while memory is short. */
  afterPublish(): void {
    if (!this.alarm.isRaised || this.isBlocked) return;
    this.isBlocked = true;
    this.alarm.wait(this);
    this.connection.blocked();
    this.pause(ALARM);
  }

  /**
   * Counts octets of a body that is not complete yet; negative, once it is complete or given up. While memory is short, a
   * message that has begun may still be finished: but not by a connection that has begun several, since it may never.
   */
  countUnfinished(octets: number, isOneOfSeveral: boolean): void {
    this.alarm.unfinishedOctets += octets;
    if (isOneOfSeveral) this.afterPublish();
  }

  memoryFreed(): void {
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

  private pause(reason: number): void {
    this.reasons |= reason;
    this.socket.pause();
  }

  private resume(reason: number): void {
    if ((this.reasons & reason) === 0) return;
    this.reasons &= ~reason;
    if (this.reasons !== 0) return;
    this.connection.readingResumed();
    this.socket.resume();
  }

  /** Holds nothing back any more, because the connection ends: its last words are to be read. */
  stop(): void {
    this.alarm.forget(this);
    this.pace.stop();
    this.resume(this.reasons);
  }
}
