import type { Json } from '../storage/definition-line.ts';
import { badRequest, type HttpError } from './http-error.ts';

/** A JSON schema, as far as this API uses them. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly Json[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly maxItems?: number;
  readonly additionalProperties?: boolean | JsonSchema;
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

/** What the validator found, with the value that it found it at. */
interface SchemaFault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: {
    readonly missingProperty?: unknown;
    readonly allowedValues?: unknown;
    readonly type?: unknown;
  };
  readonly data?: unknown;
}

/** Says in RabbitMQ's words what is wrong with a body. */
export function bodyError(faults: readonly SchemaFault[]): HttpError {
  const missing = faults.filter(({ keyword }) => keyword === 'required');
  if (missing.length > 0) {
    return badRequest(`[${missing.map(({ params }) => `{key_missing,${params.missingProperty}}`).join(',')}]`);
  }
  const { keyword, instancePath, params, data } = faults[0]!;
  const field = instancePath.slice(1).replaceAll('/', '.');
  if (keyword === 'enum' && isBooleanEnum(params.allowedValues)) return badRequest(['not_boolean', data as Json]);
  if (params.type === 'integer') return badRequest(['not_int', field.split('.').at(-1)!]);
  const wanted = params.type ?? params.allowedValues ?? 'otherwise';
  return badRequest(`${field || 'the body'} should be ${[wanted].flat().join(' or ')}`);
}

function isBooleanEnum(values: unknown): boolean {
  return Array.isArray(values) && values[0] === true;
}
