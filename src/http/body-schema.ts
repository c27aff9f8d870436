import type { Json } from '../storage/definitions/definition-line.ts';
import { badRequest, type HttpError } from './http-error.ts';

type JsonType = 'object' | 'array' | 'string' | 'integer';

/** A JSON schema, as far as this API uses them. */
export interface JsonSchema {
  readonly type?: JsonType | readonly JsonType[];
  readonly description?: string;
  readonly enum?: readonly Json[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly maxItems?: number;
  readonly additionalProperties?: JsonSchema;
}

/** An object with these fields. Others are ignored, as RabbitMQ does: clients send more than is needed. */
export function bodyOf(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema {
  return { type: 'object', properties, required };
}

export const TEXT: JsonSchema = { type: 'string' };
export const INTEGER: JsonSchema = { type: 'integer' };
/** Scripts that have but texts send these. */
export const BOOLEAN: JsonSchema = { enum: [true, false, 'true', 'false'] };
export const ANYTHING: JsonSchema = {};
/** An object; and the empty array that it becomes in languages which do not tell them apart. */
export const TABLE: JsonSchema = { type: ['object', 'array'], maxItems: 0 };
/** Words with commas between, or a list of them. */
export const TAGS: JsonSchema = { type: ['string', 'array'], items: TEXT };

/** What a table was sent as. */
export type Table = Readonly<Record<string, Json>> | readonly never[] | undefined;

export function tableOf(table: Table): Readonly<Record<string, Json>> {
  return table === undefined || Array.isArray(table) ? {} : (table as Readonly<Record<string, Json>>);
}

export function tagsOf(tags: string | readonly string[]): readonly string[] {
  const words = typeof tags === 'string' ? tags.split(',') : tags;
  return words.map((tag) => tag.trim()).filter((tag) => tag !== '');
}

/** Says in RabbitMQ's words what is wrong with a value: all that is missing, or else the first thing; undefined: nothing is. */
export function schemaError(schema: JsonSchema, value: unknown): HttpError | undefined {
  const { missing, reason } = new SchemaCheck().check(schema, value);
  if (missing.length > 0) return badRequest(`[${missing.map((name) => `{key_missing,${name}}`).join(',')}]`);
  return reason === undefined ? undefined : badRequest(reason);
}

/** A walk through a value, beside its schema. */
class SchemaCheck {
  readonly missing: string[] = [];
  /** What is said of the first value that is otherwise than the schema has it. */
  reason: Json | undefined;
  /** The names that lead to where the walk is. */
  private readonly path: (string | number)[] = [];

  check(schema: JsonSchema, value: unknown): this {
    const { type, enum: allowed } = schema;
    if (type !== undefined && !isOfType(type, value)) this.reason ??= this.wrongType(type);
    else if (allowed !== undefined && !allowed.includes(value as Json)) this.reason ??= this.notAllowed(allowed, value);
    else if (Array.isArray(value)) this.checkArray(schema, value);
    else if (isOfType('object', value)) this.checkObject(schema, value as Readonly<Record<string, unknown>>);
    return this;
  }

  private checkArray({ maxItems, items }: JsonSchema, array: readonly unknown[]): void {
    if (maxItems !== undefined && array.length > maxItems) this.reason ??= this.shouldBe(`no longer than ${maxItems}`);
    if (items === undefined) return;
    for (const [index, item] of array.entries()) this.checkPart(index, items, item);
  }

  private checkObject(schema: JsonSchema, object: Readonly<Record<string, unknown>>): void {
    const { required = [], properties = {}, additionalProperties } = schema;
    for (const name of required) if (object[name] === undefined) this.missing.push(name);
    for (const [name, property] of Object.entries(properties)) {
      if (object[name] !== undefined) this.checkPart(name, property, object[name]);
    }
    if (additionalProperties === undefined) return;
    for (const [name, value] of Object.entries(object)) {
      if (!Object.hasOwn(properties, name)) this.checkPart(name, additionalProperties, value);
    }
  }

  private checkPart(name: string | number, schema: JsonSchema, value: unknown): void {
    this.path.push(name);
    this.check(schema, value);
    this.path.pop();
  }

  private wrongType(type: JsonType | readonly JsonType[]): Json {
    return type === 'integer' ? ['not_int', this.path.at(-1)!] : this.shouldBe([type].flat().join(' or '));
  }

  private notAllowed(allowed: readonly Json[], value: unknown): Json {
    return allowed === BOOLEAN.enum ? ['not_boolean', value as Json] : this.shouldBe(allowed.join(' or '));
  }

  private shouldBe(wanted: string): string {
    return `${this.path.join('.') || 'the body'} should be ${wanted}`;
  }
}

function isOfType(type: JsonType | readonly JsonType[], value: unknown): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'string':
      return typeof value === 'string';
    default:
      return type.some((each) => isOfType(each, value));
  }
}
