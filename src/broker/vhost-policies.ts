import { TimeSlices } from '../time/time-slices.ts';
import { effectiveExchangeSettings, effectiveQueueSettings } from './effective-settings.ts';
import type { Exchange } from './exchange/exchange.ts';
import { type ExchangeSettings, settingsOf } from './exchange/exchange-settings.ts';
import { applied, highestPolicy } from './policy/applied-policy.ts';
import type { Policy, PolicyKind } from './policy/policy.ts';
import type { Queue } from './queue/queue.ts';
import { queueType } from './queue/queue-arguments.ts';
import { parseQueueArguments } from './queue/queue-settings.ts';

/** What policies apply to: the exchanges and queues of a virtual host. */
export interface PolicyTargets {
  readonly exchanges: ReadonlyMap<string, Exchange>;
  readonly queues: ReadonlyMap<string, Queue>;
  configureExchange(exchange: Exchange, settings: ExchangeSettings): void;
}

/**
 * The policies of a virtual host. They are in force as soon as they are there on what is declared, and on what is there as soon
 * as all of it has been looked at, in slices of time.
 */
export class VirtualHostPolicies {
  private readonly targets: PolicyTargets;
  private readonly kinds: Readonly<Record<PolicyKind, Map<string, Policy>>> = {
    policy: new Map(),
    operator_policy: new Map(),
  };
  private application: Promise<void> = Promise.resolve();
  /** Counts changes of policies: looking at everything begins anew with each. */
  private generation = 0;

  constructor(targets: PolicyTargets) {
    this.targets = targets;
  }

  /** By name. */
  of(kind: PolicyKind): ReadonlyMap<string, Policy> {
    return this.kinds[kind];
  }

  put(kind: PolicyKind, policy: Policy): void {
    this.kinds[kind].set(policy.name, policy);
    this.applyToAll();
  }

  remove(kind: PolicyKind, name: string): void {
    this.kinds[kind].delete(name);
    this.applyToAll();
  }

  /** Resolves when the policies are in force everywhere. */
  inForce(): Promise<void> {
    return this.application;
  }

  private applyToAll(): void {
    this.application = this.applyInSlices(++this.generation);
    this.application.catch(() => undefined); // it is for whoever waits
  }

  /** What is declared meanwhile has met the policies already; a queue that expires may take others along. */
  private async applyInSlices(generation: number): Promise<void> {
    const slices = new TimeSlices();
    for (const target of this.everything()) {
      if (target.kind === 'queue') this.applyToQueue(target as Queue);
      else this.applyToExchange(target as Exchange);
      if (!slices.isOverNow) continue;
      await slices.next();
      if (generation !== this.generation) return this.application;
    }
  }

  private *everything(): Generator<Exchange | Queue> {
    yield* this.targets.exchanges.values();
    yield* this.targets.queues.values();
  }

  /** Puts the policies into force on a queue that is new, or for which they may have changed. */
  applyToQueue(queue: Queue): void {
    const { properties, name } = queue;
    const type = queueType(properties.arguments) === 'quorum' ? 'quorum' : 'classic';
    if (!this.choose(queue, { name, type })) return;
    const own = parseQueueArguments(properties.arguments, queue.toString());
    queue.configure(effectiveQueueSettings(properties.arguments, own, queue.appliedPolicy.definition));
  }

  /** The same for an exchange. */
  applyToExchange(exchange: Exchange): void {
    if (!this.choose(exchange, { name: exchange.name, type: 'exchange' })) return;
    const own = settingsOf(exchange.properties.arguments);
    this.targets.configureExchange(exchange, effectiveExchangeSettings(own, exchange.appliedPolicy.definition));
  }

  /** Finds what applies; returns whether that is something else than before. */
  private choose(target: Queue | Exchange, resource: Parameters<Policy['appliesTo']>[0]): boolean {
    const policy = highestPolicy(this.kinds.policy.values(), resource);
    const operatorPolicy = highestPolicy(this.kinds.operator_policy.values(), resource);
    const { appliedPolicy: before } = target;
    if (policy === before.policy && operatorPolicy === before.operatorPolicy) return false;
    target.appliedPolicy = applied(policy, operatorPolicy);
    return true;
  }
}
