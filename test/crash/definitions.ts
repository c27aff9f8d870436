import type { WireChannel } from '../support/wire-channel.ts';
import type { Ledger } from './ledger.ts';

/** A queue that is bound to exchanges that come and go. No message stays in it. */
export const BOUND = 'bound';

/** 'unknown': the broker was asked to declare or delete it, and has not answered. */
export type DefinitionState = 'there' | 'gone' | 'unknown';

/** A queue or exchange that comes and goes, or the binding of such an exchange to the queue for that. */
export interface Definition {
  readonly kind: 'queue' | 'exchange' | 'binding';
  /** Of the queue or exchange; for a binding, of its exchange. */
  readonly name: string;
  /** Gone when the broker ends, because it is not durable, or exclusive. */
  readonly isFleeting: boolean;
  state: DefinitionState;
}

/** What was declared and deleted, and what of it must be there therefore. */
export class Definitions {
  readonly all: Definition[] = [];
  private readonly ledger: Ledger;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  add(kind: Definition['kind'], name: string, isFleeting = false): Definition {
    const definition: Definition = { kind, name, isFleeting, state: 'gone' };
    this.all.push(definition);
    return definition;
  }

  find(kind: Definition['kind'], name: string): Definition {
    return this.all.find((definition) => definition.kind === kind && definition.name === name)!;
  }

  brokerEnded(): void {
    for (const definition of this.all) if (definition.isFleeting) definition.state = 'gone';
  }

  /** Looks whether all is there that must be, and nothing that must not; then everything is known. */
  async check(channel: WireChannel): Promise<void> {
    for (const definition of this.all) {
      const { kind, name, state } = definition;
      const found = (await this.isThere(channel, definition)) ? 'there' : 'gone';
      if (state !== 'unknown' && state !== found) {
        this.ledger.violations.push(`${kind} ${name} should be ${state}, but is ${found}`);
      }
      definition.state = found;
      if (kind === 'queue' && found === 'gone') this.ledger.queueGone(name);
    }
  }

  private async isThere(channel: WireChannel, { kind, name }: Definition): Promise<boolean> {
    if (kind !== 'binding') return isDeclared(channel, kind, name);
    return this.find('exchange', name).state === 'there' && (await isBound(channel, name));
  }
}

async function isDeclared(channel: WireChannel, kind: 'queue' | 'exchange', name: string): Promise<boolean> {
  if (kind === 'queue') channel.send('queue.declare', { queue: name, passive: true });
  else channel.send('exchange.declare', { exchange: name, passive: true });
  const event = await channel.next(`whether ${kind} ${name} is there`);
  if (event.name !== 'channel.close') return true;
  channel.send('channel.close-ok');
  await channel.call('channel.open');
  return false;
}

/** A message that is published to the exchange arrives. */
async function isBound(channel: WireChannel, exchange: string): Promise<boolean> {
  channel.publish(exchange, exchange, 'probe', { mandatory: true });
  const events = await channel.settle();
  if (events.some(({ name }) => name === 'basic.return')) return false;
  await channel.awaitCount(BOUND, 1);
  await channel.call('queue.purge', { queue: BOUND });
  return true;
}
