import type { FastifyInstance, FastifyRequest } from 'fastify';
import { badRequest, HttpError } from './http-error.ts';
import { parseInSlices } from './json-in-slices.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What is said of a body that is no JSON. */
    notJson?: string;
  }
}

const JSON_TYPE = 'application/json';

/** Bodies are JSON whatever they are said to be, as in RabbitMQ, and none is an empty object. */
export function addJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, async (request: FastifyRequest, text: string) => {
    const body = text === '' ? {} : await parsed(text);
    if (body === undefined) throw badRequest(request.routeOptions.config.notJson ?? 'not_json');
    return body;
  });
  app.addHook('preValidation', (request, _reply, done) => {
    request.body ??= {};
    done();
  });
}

/** @throws HttpError 415 unless the body is said to be JSON, which no form of a web page can say */
export function requireJsonType({ headers }: FastifyRequest): void {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() === JSON_TYPE) return;
  throw new HttpError(415, 'unsupported_media_type', `the body should be of type ${JSON_TYPE}`);
}

/** The object in the text; undefined: there is none, or it is nested too deeply. */
async function parsed(text: string): Promise<object | undefined> {
  try {
    const value: unknown = await parseInSlices(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
