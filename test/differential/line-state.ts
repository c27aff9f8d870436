import type { MethodArguments } from '#src/protocol/methods.js';
import type { WireChannel } from '../support/wire-channel.ts';
import type { WireEvent } from '../support/wire-events.ts';
import type { QueueName } from './plan.ts';

/** A delivery that is not settled. */
export interface Outstanding {
  /** The same on both sides: the consumer's tag, and which of its deliveries it is. */
  readonly label: string;
  readonly tag: MethodArguments<'basic.ack'>['deliveryTag'];
}

interface Consumer {
  readonly queue: QueueName;
  readonly noAck: boolean;
  deliveries: number;
}

/** An open channel, and what its client knows of it. */
export class LineState {
  readonly channel: WireChannel;
  readonly consumers = new Map<string, Consumer>();
  /** In the order of their delivery tags. */
  outstanding: Outstanding[] = [];
  isConfirming = false;
  isTransactional = false;
  /** Whether there ever was a limit for all of its consumers together. */
  hasCommonLimit = false;
  private settledInTransaction: Outstanding[] = [];
  /** What confirms are due for, since confirm.select. */
  private published = 0;
  /** What the broker has confirmed, and how. */
  private readonly confirms = new Map<number, 'ack' | 'nack'>();
  private gets = 0;
  private getIsNoAck = false;

  constructor(channel: WireChannel) {
    this.channel = channel;
  }

  get awaitsConfirms(): boolean {
    return this.isConfirming && this.confirms.size < this.published;
  }

  get confirmsText(): string {
    const told = [...this.confirms].sort(([a], [b]) => a - b).map(([tag, how]) => `${tag} ${how}`);
    return `${told.join(', ')} of ${this.published}`;
  }

  notePublish(): void {
    this.published++;
  }

  noteGet(noAck: boolean): void {
    this.getIsNoAck = noAck;
  }

  noteConsume(tag: string, queue: QueueName, noAck: boolean): void {
    this.consumers.set(tag, { queue, noAck, deliveries: 0 });
  }

  /** The labels of what came up to this delivery. */
  labelsUpTo(label: string): Set<string> {
    const at = this.outstanding.findIndex((other) => other.label === label);
    return new Set(this.outstanding.slice(0, at + 1).map((other) => other.label));
  }

  /** @returns the delivery; with it goes all that the settlement takes away from what is outstanding */
  take(label: string, extent: 'one' | 'up to' | 'all'): Outstanding | undefined {
    const at = this.outstanding.findIndex((other) => other.label === label);
    if (at < 0) return undefined;
    const from = extent === 'one' ? at : 0;
    const to = extent === 'all' ? this.outstanding.length : at + 1;
    const chosen = this.outstanding[at];
    const taken = this.outstanding.splice(from, to - from);
    if (this.isTransactional) this.settledInTransaction.push(...taken);
    return chosen;
  }

  /** Keeps account of what the server says. */
  note({ name, args }: WireEvent): void {
    if (name === 'basic.deliver') this.noteDelivery(args.consumerTag, args.deliveryTag);
    else if (name === 'basic.get-ok') this.noteGot(args.deliveryTag);
    else if (name === 'basic.ack' || name === 'basic.nack')
      this.noteConfirm(name, Number(args.deliveryTag), args.multiple);
    else if (name === 'basic.cancel' || name === 'basic.cancel-ok') this.consumers.delete(args.consumerTag);
    else if (name === 'basic.recover-ok') this.outstanding = [];
    else if (name === 'tx.select-ok') this.isTransactional = true;
    else if (name === 'tx.commit-ok') this.settledInTransaction = [];
    else if (name === 'tx.rollback-ok') this.restoreSettled();
    else if (name === 'confirm.select-ok' && !this.isConfirming) {
      this.isConfirming = true;
      this.published = 0;
    }
  }

  /** What was settled in a transaction that is rolled back is to be settled again. */
  private restoreSettled(): void {
    const restored = [...this.outstanding, ...this.settledInTransaction];
    this.outstanding = restored.sort((a, b) => Number(a.tag) - Number(b.tag));
    this.settledInTransaction = [];
  }

  private noteDelivery(consumerTag: string, tag: Outstanding['tag']): void {
    const consumer = this.consumers.get(consumerTag);
    if (consumer === undefined) return;
    const label = `${consumerTag}#${consumer.deliveries++}`;
    if (!consumer.noAck) this.outstanding.push({ label, tag });
  }

  private noteGot(tag: Outstanding['tag']): void {
    const label = `get#${this.gets++}`;
    if (!this.getIsNoAck) this.outstanding.push({ label, tag });
  }

  private noteConfirm(name: 'basic.ack' | 'basic.nack', last: number, multiple: boolean): void {
    const how = name === 'basic.ack' ? 'ack' : 'nack';
    for (let tag = multiple ? 1 : last; tag <= last; tag++) if (!this.confirms.has(tag)) this.confirms.set(tag, how);
  }
}
