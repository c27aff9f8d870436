import { OperationError } from '../../broker/operation-error.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';

type JsonObject = Readonly<Record<string, Json>>;

/** The object in a section of a definitions file, whose fields nobody has looked at yet. Errors say which one it is. */
export class DefinitionReader {
  private readonly section: string;
  private readonly index: number;
  private readonly fields: JsonObject;

  /** @throws OperationError if it is no object */
  constructor(section: string, index: number, value: Json) {
    this.section = section;
    this.index = index;
    this.fields = {};
    const fields = asObject(value);
    if (fields === undefined) this.refuse('is no object');
    this.fields = fields;
  }

  /** @throws OperationError that names the object */
  refuse(problem: string): never {
    throw new OperationError(`${this} ${problem}`);
  }

  /** As in `queues[3] "orders" in vhost "/"`. */
  toString(): string {
    const { name, vhost } = this.fields;
    const named = typeof name === 'string' ? ` ${JSON.stringify(name)}` : '';
    return `${this.section}[${this.index}]${named}${typeof vhost === 'string' ? ` in vhost ${JSON.stringify(vhost)}` : ''}`;
  }

  /** The same, but that fields which are missing are those of the object in the field, if there is one. */
  withFieldsOf(field: string): DefinitionReader {
    const own = Object.entries(this.fields).filter(([, value]) => value !== null);
    return new DefinitionReader(this.section, this.index, { ...this.object(field), ...Object.fromEntries(own) });
  }

  has(field: string): boolean {
    return this.fields[field] !== undefined && this.fields[field] !== null;
  }

  any(field: string): Json {
    return this.fields[field] ?? this.missing(field);
  }

  text(field: string, otherwise?: string): string {
    const value = this.fields[field] ?? otherwise ?? this.missing(field);
    if (typeof value !== 'string') this.refuse(`has a ${field} that is no text`);
    return value;
  }

  oneOf<T extends string>(field: string, allowed: readonly T[]): T {
    const text = this.text(field);
    return (
      allowed.find((value) => value === text) ?? this.refuse(`has a ${field} that is none of ${allowed.join(', ')}`)
    );
  }

  boolean(field: string, otherwise?: boolean): boolean {
    const value = this.fields[field] ?? otherwise ?? this.missing(field);
    if (typeof value !== 'boolean') this.refuse(`has a ${field} that is neither true nor false`);
    return value;
  }

  integer(field: string, otherwise: number): number {
    const value = this.fields[field] ?? otherwise;
    if (!Number.isSafeInteger(value)) this.refuse(`has a ${field} that is no whole number`);
    return value as number;
  }

  /** Missing, it is empty. */
  object(field: string): JsonObject {
    const value = asObject(this.fields[field] ?? {});
    return value ?? this.refuse(`has ${field} that are no object`);
  }

  /** A list of texts, or one text with commas between, as they are written since 3.8 and were before. */
  tags(field: string): readonly string[] {
    const value = this.fields[field] ?? [];
    if (typeof value === 'string') return words(value);
    const isListOfTexts = Array.isArray(value) && value.every((tag) => typeof tag === 'string');
    if (!isListOfTexts) this.refuse(`has ${field} that are neither a text nor a list of texts`);
    return value as readonly string[];
  }

  private missing(field: string): never {
    return this.refuse(`has no ${field}`);
  }
}

function words(text: string): readonly string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** The object, also where it is written as a list of pairs: `rabbitmqctl` 3.10 does that to some. */
export function asObject(value: Json): JsonObject | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!isList(value)) return value as JsonObject;
  return value.every(isPair) ? Object.fromEntries(value) : undefined;
}

function isPair(value: Json): value is readonly [string, Json] {
  return (
    typeof value === 'object' && value !== null && isList(value) && value.length === 2 && typeof value[0] === 'string'
  );
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
