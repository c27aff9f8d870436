import type { RouteTrace, TracedBinding, TracedExchange, TracedQueue } from '../api/answers.ts';

/** What leads from an exchange to one destination. */
export interface Branch {
  /** None: it is the alternate exchange, or where a delayed message goes on. */
  readonly bindings: readonly TracedBinding[];
  readonly by: 'binding' | 'alternate' | 'delay';
  readonly target: Target;
}

export type Target = QueueTarget | ExchangeTarget;

export interface QueueTarget {
  readonly kind: 'queue';
  readonly queue: TracedQueue;
  /** Another way to it came first: it gets the message once. */
  readonly isRepeated: boolean;
}

export interface ExchangeTarget {
  readonly kind: 'exchange';
  readonly step: TracedExchange;
  /** Another way to it came first: what follows stands there. */
  readonly isRepeated: boolean;
  readonly branches: readonly Branch[];
}

/** The way of a message as a tree, which stands for each exchange and queue where it is reached first. */
export function routeTree(trace: RouteTrace): ExchangeTarget | undefined {
  const [first] = trace.exchanges;
  return first === undefined ? undefined : new TreeBuilder(trace).exchange(first);
}

class TreeBuilder {
  private readonly steps: ReadonlyMap<string, TracedExchange>;
  private readonly queues: ReadonlyMap<string, TracedQueue>;
  private readonly seen = new Set<unknown>();

  constructor({ exchanges, queues }: RouteTrace) {
    this.steps = new Map(exchanges.map((step) => [keyOf(step.exchange, step.after_ms), step]));
    this.queues = new Map(queues.map((queue) => [keyOf(queue.name, queue.after_ms), queue]));
  }

  exchange(step: TracedExchange): ExchangeTarget {
    const isRepeated = this.seen.has(step);
    this.seen.add(step);
    return { kind: 'exchange', step, isRepeated, branches: isRepeated ? [] : this.branchesOf(step) };
  }

  private branchesOf(step: TracedExchange): Branch[] {
    const { exchange, after_ms: afterMs, delay_ms: delayMs, bindings } = step;
    if (delayMs > 0) return this.onward('delay', exchange, afterMs + delayMs);
    if (step.goes_to_alternate) return this.onward('alternate', step.alternate_exchange!, afterMs);
    const groups = new Map<string, TracedBinding[]>();
    for (const binding of bindings) {
      const key = keyOf(binding.destination, binding.destination_type);
      groups.set(key, [...(groups.get(key) ?? []), binding]);
    }
    return [...groups.values()].flatMap((group) => this.branch(group, afterMs));
  }

  private onward(by: Branch['by'], exchange: string, afterMs: number): Branch[] {
    const next = this.steps.get(keyOf(exchange, afterMs));
    return next === undefined ? [] : [{ bindings: [], by, target: this.exchange(next) }];
  }

  private branch(bindings: readonly TracedBinding[], afterMs: number): Branch[] {
    const { destination, destination_type: kind } = bindings[0]!;
    const key = keyOf(destination, afterMs);
    if (kind === 'exchange') {
      const step = this.steps.get(key);
      return step === undefined ? [] : [{ bindings, by: 'binding', target: this.exchange(step) }];
    }
    const queue = this.queues.get(key);
    if (queue === undefined) return [];
    const isRepeated = this.seen.has(queue);
    this.seen.add(queue);
    return [{ bindings, by: 'binding', target: { kind: 'queue', queue, isRepeated } }];
  }
}

function keyOf(name: string, distinction: string | number): string {
  return `${distinction} ${name}`;
}
