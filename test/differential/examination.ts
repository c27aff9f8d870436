import { Comparison, type Difference } from './comparison.ts';
import type { Leveret } from './leveret.ts';
import type { Plan } from './plan.ts';
import type { Addresses } from './side.ts';

/** So often RabbitMQ must do the same as itself before what Leveret does otherwise counts. */
const SELF_COMPARISONS = 2;

/** Examines plans one by one, and keeps count. */
export class Examination {
  /** Plans that were played with both brokers. */
  compared = 0;
  private steps = 0;
  private passing = 0;
  private undecided = 0;
  private readonly rabbitmq: Addresses;
  private readonly inMemory: Leveret;
  private readonly stored: Leveret;

  constructor(rabbitmq: Addresses, inMemory: Leveret, stored: Leveret) {
    this.rabbitmq = rabbitmq;
    this.inMemory = inMemory;
    this.stored = stored;
  }

  get summary(): string {
    return (
      `${this.compared} sequences of ${this.steps} operations were compared. ` +
      `Not counted: ${this.passing} differences that were not there again, ` +
      `${this.undecided} where RabbitMQ differs from itself.`
    );
  }

  /** @returns what Leveret does otherwise, as a script; undefined: nothing, or nothing that can be had again */
  async examine(plan: Plan): Promise<string | undefined> {
    this.compared++;
    this.steps += plan.steps.length;
    const first = await this.compare(plan);
    if (first === undefined) return undefined;
    const again = await this.compare(plan);
    if (again === undefined) {
      this.passing++;
      console.log(`Not there again:\n${text(first)}`);
      return undefined;
    }
    for (let i = 0; i < SELF_COMPARISONS; i++) {
      const own = await Comparison.play(plan, [this.rabbitmq, this.rabbitmq]);
      if (own === undefined) continue;
      this.undecided++;
      console.log(`RabbitMQ differs from itself:\n${changesText(own)}`);
      return undefined;
    }
    return text(again);
  }

  private async compare(plan: Plan): Promise<Difference | undefined> {
    const leveret = plan.isStored ? this.stored : this.inMemory;
    const difference = await Comparison.play(plan, [this.rabbitmq, leveret.addresses]);
    const faults = leveret.takeFaults();
    if (faults.length === 0) return difference;
    const script = difference?.script ?? [];
    return { script, expected: difference?.expected ?? [], found: [...faults, ...(difference?.found ?? [])] };
  }
}

function text(difference: Difference): string {
  return `${difference.script.join('\n')}\n${changesText(difference)}`;
}

/** What only one of both has seen. */
function changesText({ expected, found }: Difference): string {
  const missing = expected.filter((line) => !found.includes(line)).map((line) => `RabbitMQ: ${line}`);
  const surplus = found.filter((line) => !expected.includes(line)).map((line) => `Leveret:  ${line}`);
  if (missing.length + surplus.length > 0) return [...missing, ...surplus].join('\n');
  return `RabbitMQ, in this order:\n${expected.join('\n')}\nLeveret:\n${found.join('\n')}`;
}
