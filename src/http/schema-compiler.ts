import type { FastifyServerOptions } from 'fastify';
import { stringifyJson } from '../json/exact-json.ts';
import { type JsonSchema, schemaError } from './body-schema.ts';

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>;

/**
 * Has Fastify check bodies and queries with `schemaError`. Its own compilers, which are not even loaded now, would make a program of
 * each route's schema before the first request is answered: half as much work as all else that there is to do until then.
 */
export const SCHEMA_COMPILER = {
  compilersFactory: { buildValidator: () => validatorOf, buildSerializer: () => () => stringifyJson },
} as unknown as SchemaController; // typed for the compilers that it has no need of

function validatorOf({ schema }: { readonly schema: JsonSchema }): (value: unknown) => { readonly error?: Error } {
  return (value) => {
    const error = schemaError(schema, value);
    return error === undefined ? {} : { error };
  };
}
