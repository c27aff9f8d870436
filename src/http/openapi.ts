import type { Json } from '../storage/definitions/definition-line.ts';
import type { JsonSchema } from './body-schema.ts';

/** What is told of a route. */
export interface RouteDescription {
  readonly method: string;
  /** Its parts that vary are names after colons. */
  readonly url: string;
  /** What it is listed under. */
  readonly tag: string;
  readonly summary: string;
  /** What may stand behind the question mark. */
  readonly query: Readonly<Record<string, JsonSchema>> | undefined;
  readonly body: JsonSchema | undefined;
}

/** The API's description for programs, as far as this API's has what OpenAPI 3.0 provides for. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly components: Json;
  readonly security: Json;
  /** By path and method. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Operation {
  readonly summary: string;
  readonly tags: readonly [string];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: { readonly 'application/json': JsonContent } };
  readonly responses: Json;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly description?: string | undefined;
  readonly schema: JsonSchema;
}

interface JsonContent {
  readonly schema: BodySchema;
}

interface BodySchema {
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
}

const PARAMETER = /:(\w+)/g;

/** @param version of the broker */
export function openApiOf(routes: readonly RouteDescription[], version: string): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = route.url.replaceAll(PARAMETER, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.0.3',
    info: {
      title: 'Leveret management API',
      version,
      description: "The HTTP API of RabbitMQ's management plugin (3.10). Names in paths are percent-encoded: %2F is /.",
    },
    components: { securitySchemes: { basic: { type: 'http', scheme: 'basic' } } },
    security: [{ basic: [] }],
    paths,
  };
}

function operationOf({ url, tag, summary, query = {}, body }: RouteDescription): Operation {
  return {
    summary,
    tags: [tag],
    parameters: [
      ...[...url.matchAll(PARAMETER)].map(([, name]) => pathParameter(name!)),
      ...Object.entries(query).map(([name, schema]) => queryParameter(name, schema)),
    ],
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } },
    }),
    responses: { 200: { description: 'Default Response' } },
  };
}

function pathParameter(name: string): Parameter {
  return { name, in: 'path', required: true, schema: { type: 'string' } };
}

function queryParameter(name: string, { description, ...schema }: JsonSchema): Parameter {
  return { name, in: 'query', required: false, description, schema };
}

/** The schema in OpenAPI's dialect, where whatever may be of several types is any of several schemas. */
function schemaOf(body: JsonSchema): BodySchema {
  return JSON.parse(JSON.stringify(body), (_name, part: JsonSchema) => {
    if (!Array.isArray(part?.type)) return part;
    const { type, ...others } = part;
    return { ...others, anyOf: type.map((each) => ({ type: each })) };
  });
}
