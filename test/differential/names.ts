import { type FieldTable, type FieldValue, fieldTable } from '#src/protocol/field-table.js';
import { type Arguments, EXCHANGES, LOCK, MISSING, type PolicyPlan, QUEUES } from './plan.ts';

const SHORT_NAMES: ReadonlySet<string> = new Set([...QUEUES, ...EXCHANGES, MISSING, LOCK]);
/** Arguments and keys of policies whose values are names of exchanges or routing keys. */
const NAMING = /^(x-)?(dead-letter-exchange|dead-letter-routing-key|alternate-exchange)$/;

/** What the short names of a plan are called on a broker that knows others of these names. */
export class Names {
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** Of a queue, an exchange or a routing key: what is no name of either is left as it is. */
  full(short: string): string {
    return SHORT_NAMES.has(short) ? this.prefix + short : short;
  }

  /** Text in which the short names stand again. */
  shorten(text: string): string {
    return text.replaceAll(this.prefix, '');
  }

  table(args: Arguments): FieldTable {
    return fieldTable(this.arguments(args));
  }

  arguments(args: Arguments): Arguments {
    const named = Object.entries(args).map(([name, value]) => [
      name,
      NAMING.test(name) && typeof value === 'string' ? this.full(value) : value,
    ]);
    return Object.fromEntries(named) as Arguments;
  }

  /** Headers of a message: CC and BCC hold routing keys. */
  headers(headers: Arguments): FieldTable {
    const { CC, BCC, ...others } = headers;
    const table = new Map(fieldTable(others));
    for (const [name, keys] of Object.entries({ CC, BCC })) {
      if (Array.isArray(keys)) table.set(name, { type: 'array', value: keys.map((key) => this.longString(key)) });
    }
    return table;
  }

  private longString(key: string): FieldValue {
    return { type: 'longstr', value: this.full(key) };
  }

  /** A regular expression for just these names; '' is the default exchange, as permissions call it. */
  pattern(names: readonly string[]): string {
    const full = names.map((name) => (name === '' ? 'amq[.]default' : this.full(name)));
    return `^(${full.join('|')})$`;
  }

  policy({ names, definition }: PolicyPlan, number: number): object {
    return {
      pattern: this.pattern(names),
      'apply-to': 'all',
      priority: 9 - number,
      definition: this.arguments(definition),
    };
  }
}
