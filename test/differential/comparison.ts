import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Action } from './actions.ts';
import type { LineState } from './line-state.ts';
import { Names } from './names.ts';
import {
  CONNECTIONS,
  connectionOf,
  EXCHANGES,
  LINES,
  LINES_PER_CONNECTION,
  type Line,
  type Plan,
  QUEUES,
  type SettleStep,
  type Step,
} from './plan.ts';
import { actionText } from './script.ts';
import { type Addresses, Side } from './side.ts';

/** Brokers are given so long to agree, since some of what they do has no answer that tells when it is done. */
const AGREEMENT_LIMIT_MS = 3000;
const AGREEMENT_PAUSE_MS = 20;

/** Where two brokers differ. */
export interface Difference {
  /** What was done, and what both have answered. */
  readonly script: readonly string[];
  readonly expected: readonly string[];
  readonly found: readonly string[];
}

/** Names that no other process uses, so that what one leaves behind is no obstacle. */
const RUN = randomBytes(3).toString('hex');
let plays = 0;

/** Plays a plan with two brokers, step by step, and compares what their clients see after each. */
export class Comparison {
  private readonly plan: Plan;
  private readonly sides: readonly [Side, Side];
  private readonly script: string[] = [];
  private bodies = 0;
  private tags = 0;

  private constructor(plan: Plan, addresses: readonly [Addresses, Addresses]) {
    this.plan = plan;
    const number = String(plays++).padStart(6, '0');
    const side = (i: 0 | 1) => new Side(addresses[i], plan, new Names(`${RUN}-${number}${'ab'[i]}-`));
    this.sides = [side(0), side(1)];
  }

  /** @returns undefined if the second does what the first does */
  static async play(plan: Plan, addresses: readonly [Addresses, Addresses]): Promise<Difference | undefined> {
    const comparison = new Comparison(plan, addresses);
    const { sides } = comparison;
    try {
      await Promise.all(sides.map((side) => side.open()));
      return await comparison.run();
    } catch (error) {
      throw new Error(`${comparison.script.join('\n')}\n${error}`, { cause: error });
    } finally {
      await Promise.all(sides.map((side) => side.close()));
    }
  }

  private async run(): Promise<Difference | undefined> {
    const prepared = await this.perform(this.preparation());
    if (prepared !== undefined) return prepared;
    for (const step of this.plan.steps) {
      for (const action of this.actions(step)) {
        const difference = await this.perform([action]);
        if (difference !== undefined) return difference;
      }
    }
    for (const actions of ending()) {
      const difference = await this.perform(actions);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }

  /** @param actions what comes of them is looked at after the last one */
  private async perform(actions: readonly Action[]): Promise<Difference | undefined> {
    const { sides, script } = this;
    for (const side of sides) side.beginStep();
    for (const action of actions) {
      script.push(`> ${actionText(action, this.plan)}`);
      await Promise.all(sides.map((side) => side.perform(action)));
    }
    const deadlineMs = performance.now() + AGREEMENT_LIMIT_MS;
    for (;;) {
      await Promise.all(sides.map((side) => side.awaitQuiet()));
      const [expected, found] = [sides[0].seen, sides[1].seen];
      if (expected.join('\n') === found.join('\n')) {
        script.push(...sides[0].observation.lines.map((line) => `    ${sides[0].names.shorten(line)}`));
        return undefined;
      }
      if (performance.now() > deadlineMs) return { script, expected, found };
      await pause(AGREEMENT_PAUSE_MS);
    }
  }

  /** Policies first: exchanges and queues have them from the beginning then. */
  private preparation(): Action[] {
    const { policies, bindings } = this.plan;
    const line = 0;
    return [
      ...policies.map((policy, number) => ({ do: 'setPolicy' as const, number, policy })),
      ...EXCHANGES.map((exchange) => ({ do: 'declareExchange' as const, line, exchange, as: exchange }) as const),
      ...QUEUES.map((queue) => ({ do: 'declareQueue' as const, line, queue, as: queue }) as const),
      ...bindings.map((binding) => ({ do: 'bind' as const, line, binding }) as const),
    ];
  }

  /** What the step means now; nothing, if there is nothing that it could be done to. */
  private actions(step: Step): Action[] {
    switch (step.do) {
      case 'publish':
        return [{ ...step, body: `m${this.bodies++}`.padEnd(step.bodyOctets, '.') }];
      case 'settle':
        return this.settlement(step);
      case 'cancel': {
        const tags = [...this.line(step.line).consumers.keys()];
        return tags.length === 0 ? [] : [{ do: 'cancel', line: step.line, tag: tags[step.which % tags.length]! }];
      }
      case 'consume':
        if (this.line(step.line).hasCommonLimit && this.consumesOther(step.line, step.queue)) return [];
        return [{ ...step, tag: `c${this.tags++}` }];
      case 'limit':
        return step.global && this.consumesSeveral(step.line) ? [] : [step];
      case 'tx.commit':
      case 'tx.rollback':
        return this.line(step.line).isTransactional ? [step] : [];
      case 'closeConnection':
      case 'cutConnection':
        return [...this.channelsToClose(step.line), step];
      default:
        return [step];
    }
  }

  private line(line: Line): LineState {
    return this.sides[0].lines[line]!;
  }

  /**
   * Deliveries from different queues are numbered in any order: where that leads to other deliveries being meant on one
   * side than on the other, all of them are.
   */
  private settlement({ line, which, how, extent, requeue }: SettleStep): Action[] {
    const labels = this.line(line).outstanding.map(({ label }) => label);
    if (labels.length === 0) return [];
    const label = labels.sort()[which % labels.length]!;
    const action = { do: 'settle', line, label, how, requeue } as const;
    if (how === 'reject' || extent === 'one') return [{ ...action, extent: 'one' }];
    const [one, other] = this.sides.map((side) => side.lines[line]!.labelsUpTo(label)) as [Set<string>, Set<string>];
    const isSame = one.size === other.size && [...one].every((taken) => other.has(taken));
    return [{ ...action, extent: isSame ? extent : 'all' }];
  }

  // Which of several queues a channel with a common limit is served from is a matter of luck in RabbitMQ.

  private consumesOther(line: Line, queue: string): boolean {
    return [...this.line(line).consumers.values()].some((consumer) => consumer.queue !== queue);
  }

  private consumesSeveral(line: Line): boolean {
    return new Set([...this.line(line).consumers.values()].map(({ queue }) => queue)).size > 1;
  }

  /** The channels of a connection end in any order: where that can be seen, they are closed before it. */
  private channelsToClose(line: Line): Action[] {
    const own = LINES.filter((other) => connectionOf(other) === connectionOf(line));
    const queues = own.map((other) => new Set([...this.line(other).consumers.values()].map(({ queue }) => queue)));
    const isShared = queues.some((one, i) =>
      queues.some((other, j) => i < j && [...one].some((queue) => other.has(queue))),
    );
    return isShared ? own.map((other) => ({ do: 'channel.close', line: other }) as const) : [];
  }
}

/** Everything comes back to the queues and is looked at. */
function ending(): (readonly Action[])[] {
  return [
    ...LINES.map((line) => [{ do: 'channel.close', line } as const]),
    CONNECTIONS.map((connection) => ({ do: 'closeConnection', line: (connection * LINES_PER_CONNECTION) as Line })),
    [{ do: 'drain' }],
  ];
}
