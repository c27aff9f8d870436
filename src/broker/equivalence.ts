import { AmqpError } from '../protocol/amqp-error.ts';
import { type FieldTable, type FieldValue, isIntegerType } from '../protocol/field-table.ts';

/** A redeclaration differs from what there is. */
export class InequivalentError extends AmqpError {
  /** In which property or argument. */
  readonly argument: string;
  /** What was asked for and what there is, as the reply says it. */
  readonly received: string;
  readonly current: string;

  constructor(argument: string, resource: string, received: string, current: string) {
    const text = `inequivalent arg '${argument}' for ${resource}: received ${received} but current is ${current}`;
    super('PRECONDITION_FAILED', text);
    this.argument = argument;
    this.received = received;
    this.current = current;
  }
}

/** Refuses a redeclaration that differs from what there is. @throws AmqpError PRECONDITION_FAILED */
export function assertSame(
  name: string,
  resource: string,
  received: boolean | string,
  current: boolean | string,
): void {
  if (received !== current) refuse(name, resource, `'${received}'`, `'${current}'`);
}

/** Refuses arguments that differ in one of `names`; others may. @throws AmqpError PRECONDITION_FAILED */
export function assertSameArguments(
  names: readonly string[],
  resource: string,
  received: FieldTable,
  current: FieldTable,
): void {
  for (const name of names) {
    const theirs = received.get(name);
    const ours = current.get(name);
    if (theirs === undefined && ours === undefined) continue;
    if (theirs !== undefined && ours !== undefined) {
      if (typeClass(theirs) === typeClass(ours) && text(theirs) === text(ours)) continue;
      refuse(name, resource, `'${text(theirs)}'`, `'${text(ours)}'`);
    }
    refuse(name, resource, typed(theirs), typed(ours));
  }
}

function refuse(name: string, resource: string, received: string, current: string): never {
  throw new InequivalentError(name, resource, received, current);
}

function typed(field: FieldValue | undefined): string {
  return field === undefined ? 'none' : `the value '${text(field)}' of type '${field.type}'`;
}

function text(field: FieldValue): string {
  if (field.type === 'double' || field.type === 'float') {
    return Number.isInteger(field.value) ? field.value.toFixed(1) : String(field.value);
  }
  return String(field.value);
}

/** All integers are of one class: whether a client sends a byte or a long makes no difference. */
function typeClass({ type }: FieldValue): string {
  if (isIntegerType(type)) return 'integer';
  return type === 'double' ? 'float' : type;
}
