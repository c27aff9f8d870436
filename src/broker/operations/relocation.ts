import { Message } from '../../protocol/message.ts';
import type { GroupCommit } from '../../storage/disk/group-commit.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import type { MessageJournal } from '../../storage/message-journal.ts';
import { OperationError } from '../operation-error.ts';
import type { Queue } from '../queue/queue.ts';
import type { ReadyMessage } from '../queue/ready-messages.ts';
import type { Destinations } from '../routing/router.ts';
import { isRefusedBy } from '../routing/takers.ts';
import type { VirtualHost } from '../vhost.ts';
import { ticketOf } from './message-ticket.ts';

/** So many messages are looked at, or so many octets sent on, before the time is looked at again: about a millisecond. */
const BATCH_MESSAGES = 256;
const BATCH_OCTETS = 2 * 1024 * 1024;
/** Then others have their turn. */
const SLICE_MS = 5;
const BEFORE_FIRST = -1;

/**
 * Sends a message on.
 * @param onSafe to be called once it is as safe there as it can be @throws AmqpError, OperationError: then it went nowhere
 */
export type Send = (message: Message, onSafe: () => void) => void;

/** Hands messages to queues. @throws OperationError if one of them has no room for the message: then it went nowhere */
export function sendTo(
  { publisher }: VirtualHost,
  { queues, durableIds }: Destinations,
  message: Message,
  onSafe: () => void,
): void {
  for (const queue of queues) {
    if (isRefusedBy(queue, message)) throw new OperationError(`${queue} has no room for more messages`);
  }
  publisher.publishTo(queues, durableIds, message, onSafe);
}

/** What is to become of a queue's messages. */
export interface Relocation {
  readonly source: Queue;
  /** So many messages at most. */
  readonly limit: number;
  /** Which of them, by their tickets; undefined: all. The others are not counted. */
  readonly selection?: ReadonlySet<string> | undefined;
  /** How the message is to be sent on; undefined: it stays. @throws OperationError if nothing can be sent any more */
  plan(message: Message): Send | undefined;
}

export interface RelocationResult {
  /** So many messages are where they were to go, as safe as they can be there. */
  readonly moved: number;
  /** So many were looked at, and stay. */
  readonly stayed: number;
  /** Why it ended early, with the rest left in the source, or why some of what was looked at may not go; undefined: neither. */
  readonly error: Error | undefined;
}

/** Where messages are kept. */
export interface RelocationParts {
  readonly store: MessageStore;
  readonly journal: MessageJournal | undefined;
  readonly commit: GroupCommit;
}

interface Planned {
  readonly ready: ReadyMessage;
  readonly bodySize: number;
  readonly send: Send;
}

/**
 * Sends ready messages of a queue on, in their order, while everything else goes on. A message leaves its queue when it is
 * safe where it goes: a crash meanwhile leaves it in one of the two places, or in both, never in none. It ends: no
 * more messages are looked at than were ready at the beginning.
 */
export function relocate(parts: RelocationParts, relocation: Relocation): Promise<RelocationResult> {
  return new RelocationRun(parts, relocation).run();
}

class RelocationRun {
  private readonly parts: RelocationParts;
  private readonly relocation: Relocation;
  private readonly view = new Message();
  /** Everything up to this sequence number was looked at. */
  private lookedUpTo = BEFORE_FIRST;
  /** How many are still to be looked at. */
  private left: number;
  /** How many of the selection were found. */
  private foundCount = 0;
  private sent = 0;
  private moved = 0;
  private stayed = 0;

  constructor(parts: RelocationParts, relocation: Relocation) {
    this.parts = parts;
    this.relocation = relocation;
    this.left = relocation.source.readyCount;
  }

  async run(): Promise<RelocationResult> {
    let error: Error | undefined;
    try {
      while (this.slice()) await this.settled();
    } catch (reason) {
      error = reason as Error;
    }
    try {
      await this.settled();
    } catch (reason) {
      error ??= reason as Error;
    }
    const { moved, stayed } = this;
    return { moved, stayed, error };
  }

  /** All that was sent is safe, and others have had their turn. @throws why nothing can be safe any more */
  private async settled(): Promise<void> {
    if (this.moved < this.sent) await this.parts.commit.flushed();
    else await new Promise((resolve) => setImmediate(resolve));
    this.parts.journal?.writeAcknowledgements();
  }

  /** Works for a while; returns whether there is more to do. */
  private slice(): boolean {
    const untilMs = performance.now() + SLICE_MS;
    const { source, limit } = this.relocation;
    do {
      const wanted = Math.min(BATCH_MESSAGES, this.left);
      const listed =
        wanted === 0 || this.sent >= limit || this.hasFoundAll || source.isDeleted
          ? []
          : source.listReady(this.lookedUpTo, wanted);
      if (listed.length === 0) return false;
      this.send(this.choose(listed));
    } while (performance.now() < untilMs);
    return true;
  }

  /** Decides about messages, as far as those that are chosen do not get too many. */
  private choose(listed: readonly ReadyMessage[]): Planned[] {
    const { view, parts, relocation } = this;
    const planned: Planned[] = [];
    let octets = 0;
    for (const ready of listed) {
      this.lookedUpTo = ready.sequence;
      this.left--;
      if (relocation.selection !== undefined && !this.isSelected(relocation.selection, ready)) continue;
      parts.store.read(ready.slot, view);
      const send = relocation.plan(view);
      if (send === undefined) {
        this.stayed++;
        continue;
      }
      const { bodySize } = view;
      planned.push({ ready, bodySize, send });
      octets += bodySize;
      if (octets >= BATCH_OCTETS || this.sent + planned.length === relocation.limit) break;
    }
    return planned;
  }

  private isSelected(selection: ReadonlySet<string>, { slot }: ReadyMessage): boolean {
    if (!selection.has(ticketOf(this.parts.store, slot))) return false;
    this.foundCount++;
    return true;
  }

  /** Whether all that were selected were found. */
  private get hasFoundAll(): boolean {
    return this.foundCount === this.relocation.selection?.size;
  }

  /** What can't be sent stays where it is: messages leave their queue only when they have got where they go. */
  private send(planned: readonly Planned[]): void {
    const sent: Planned[] = [];
    const safe: Planned[] = [];
    let hasLeft = false;
    try {
      for (const each of planned) {
        this.parts.store.read(each.ready.slot, this.view);
        each.send(this.view, () => {
          if (hasLeft) this.settle(each);
          else safe.push(each); // at once
        });
        sent.push(each);
      }
    } finally {
      this.takeOut(sent);
      hasLeft = true;
      for (const each of safe) this.settle(each);
    }
  }

  private takeOut(sent: readonly Planned[]): void {
    this.sent += sent.length;
    this.relocation.source.takeOut(
      sent.map(({ ready }) => ready),
      sent.reduce((octets, { bodySize }) => octets + bodySize, 0),
    );
  }

  private settle({ ready, bodySize }: Planned): void {
    this.moved++;
    this.relocation.source.settle(ready.slot, bodySize);
  }
}
