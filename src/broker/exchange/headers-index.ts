import { AmqpError } from '../../protocol/amqp-error.ts';
import { erlangBinary } from '../../protocol/erlang-term.ts';
import {
  EMPTY_TABLE,
  type FieldTable,
  type FieldValue,
  isIntegerType,
  writeTable,
} from '../../protocol/field-table.ts';
import type { Message } from '../../protocol/message.ts';
import { OctetWriter } from '../../protocol/octet-writer.ts';
import { FLAG_HEADERS } from '../../protocol/properties.ts';
import type { Binding, MatchedBinding } from '../binding.ts';
import type { BindingIndex } from './exchange.ts';

const MATCH_KINDS = ['all', 'any', 'all-with-x', 'any-with-x'] as const;
type MatchKind = (typeof MATCH_KINDS)[number];

interface Pattern {
  readonly binding: Binding;
  readonly kind: MatchKind;
  /** Header names with the comparable form of the wanted value; undefined: any value will do. */
  readonly wanted: readonly (readonly [name: string, value: string | undefined])[];
}

/** Matches a message's headers with the binding's arguments (AMQP 0-9-1, section 3.1.3.4; `x-match` as RabbitMQ has it). */
export class HeadersIndex implements BindingIndex {
  readonly isKeyed = false;
  private readonly patterns = new Map<Binding, Pattern>();

  validate(_routingKey: string, args: FieldTable): void {
    matchKind(args);
  }

  add(binding: Binding): void {
    const kind = matchKind(binding.arguments);
    const isPattern = (name: string) => name !== 'x-match' && (kind.endsWith('-with-x') || !name.startsWith('x-'));
    const wanted = [...binding.arguments]
      .filter(([name]) => isPattern(name))
      .map(([name, field]) => [name, field.type === 'void' ? undefined : comparable(field)] as const);
    this.patterns.set(binding, { binding, kind, wanted });
  }

  remove(binding: Binding): void {
    this.patterns.delete(binding);
  }

  match(_routingKeys: readonly string[], message: Message, into: MatchedBinding[]): void {
    const headers =
      (message.propertyFlags & FLAG_HEADERS) === 0 ? EMPTY_TABLE : (message.properties().headers ?? EMPTY_TABLE);
    const values = new ComparableValues(headers);
    for (const pattern of this.patterns.values()) {
      if (matches(pattern, values)) into.push(pattern.binding);
    }
  }
}

/** A message's headers in comparable form: those that patterns ask for, since there may be thousands of others. */
class ComparableValues {
  private readonly headers: FieldTable;
  private readonly known = new Map<string, string>();

  constructor(headers: FieldTable) {
    this.headers = headers;
  }

  has(name: string): boolean {
    return this.headers.has(name);
  }

  get(name: string): string | undefined {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const field = this.headers.get(name);
    if (field === undefined) return undefined;
    const value = comparable(field);
    this.known.set(name, value);
    return value;
  }
}

function matches({ kind, wanted }: Pattern, values: ComparableValues): boolean {
  const hit = ([name, value]: readonly [string, string | undefined]) =>
    value === undefined ? values.has(name) : values.get(name) === value;
  return kind.startsWith('all') ? wanted.every(hit) : wanted.some(hit);
}

function matchKind(args: FieldTable): MatchKind {
  const field = args.get('x-match');
  if (field === undefined) return 'all';
  if (field.type !== 'longstr') {
    throw new AmqpError(
      'PRECONDITION_FAILED',
      `Invalid x-match field type ${field.type} (value ${field.value ?? 'undefined'}); expected longstr`,
    );
  }
  const kind = MATCH_KINDS.find((known) => known === field.value);
  if (kind === undefined) {
    const expected = 'expected all, any, all-with-x, or any-with-x';
    throw new AmqpError(
      'PRECONDITION_FAILED',
      `Invalid x-match field value ${erlangBinary(Buffer.from(field.value))}; ${expected}`,
    );
  }
  return kind;
}

/** Values are equal when class and content are; numbers of whatever type are of one class, and compare by value. */
function comparable(field: FieldValue): string {
  if (isIntegerType(field.type) || ['timestamp', 'float', 'double'].includes(field.type))
    return `number ${field.value}`;
  if (field.type === 'longstr') {
    return typeof field.value === 'string' ? `longstr ${field.value}` : `octets ${field.value.toString('latin1')}`;
  }
  const writer = new OctetWriter();
  writeTable(writer, new Map([['', field]]));
  return writer.finish().toString('latin1');
}
