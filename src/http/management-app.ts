import type { RequestListener, Server } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import cors from '@fastify/cors';
import swagger from '@fastify/swagger';
import { type FastifyInstance, fastify } from 'fastify';
import { apiPage } from './api-page.ts';
import { API_PREFIX, ApiRoutes } from './api-routes.ts';
import { errorReplies } from './error-replies.ts';
import { badRequest, objectNotFound } from './http-error.ts';
import type { ManagementContext } from './management-context.ts';
import { addMetrics } from './metrics/metrics-routes.ts';
import { addResources } from './resources/resources.ts';
import { addWebUi } from './web-ui.ts';

/** RabbitMQ's limit for definitions, which are the largest that is sent. */
const BODY_LIMIT_OCTETS = 20_000_000;
/** Names of virtual hosts, queues and the like have up to 255 octets, each of which may be written as three characters. */
const MAX_PATH_PART_LENGTH = 4 * 255;

/** The API behind a server that listens already. */
export interface ManagementApp {
  readonly answer: RequestListener;
  close(): Promise<void>;
}

/** Takes several turns of the event loop, since messages go on meanwhile. */
export async function createManagementApp(context: ManagementContext, server: Server): Promise<ManagementApp> {
  await turn();
  let answer: RequestListener | undefined;
  const app = fastify({
    serverFactory: (handler) => {
      answer = handler;
      return server;
    },
    bodyLimit: BODY_LIMIT_OCTETS,
    routerOptions: { maxParamLength: MAX_PATH_PART_LENGTH, ignoreTrailingSlash: true },
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        allErrors: true,
        verbose: true,
        allowUnionTypes: true,
      },
    },
  });
  await turn();
  await addCors(app, context.broker.config.managementCorsOrigins);
  await app.register(swagger, { openapi: openapiOf(context) });
  await turn();
  addBodies(app);
  app.setErrorHandler(errorReplies(context.broker.log));
  app.setNotFoundHandler(() => {
    throw objectNotFound();
  });
  addPages(app);
  addMetrics(app, context);
  const routes = new ApiRoutes(app, context);
  addResources(routes);
  routes.addOtherMethods();
  await turn();
  await app.ready();
  return { answer: answer!, close: () => app.close() };
}

async function addCors(app: FastifyInstance, origins: string | undefined): Promise<void> {
  if (origins === undefined) return;
  const list = origins.split(',').map((origin) => origin.trim());
  const methods = ['GET', 'PUT', 'POST', 'DELETE'];
  const allowedHeaders = ['authorization', 'content-type', 'x-reason'];
  await app.register(cors, {
    origin: list.includes('*') ? true : list,
    methods,
    allowedHeaders,
    credentials: true,
    maxAge: 1800,
    strictPreflight: false,
  });
}

/** Bodies are JSON whatever they are said to be, and none is an empty object. */
function addBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, text, done) => {
    const body = text === '' ? {} : parsed(text as string);
    if (body !== undefined) done(null, body);
    else done(badRequest(request.routeOptions.config.notJson ?? 'not_json'));
  });
  app.addHook('preValidation', (request, _reply, done) => {
    request.body ??= {};
    done();
  });
}

/** The object in the text; undefined: there is none. */
function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function openapiOf({ version }: ManagementContext): object {
  return {
    info: {
      title: 'Leveret management API',
      version,
      description: "The HTTP API of RabbitMQ's management plugin (3.10). Names in paths are percent-encoded: %2F is /.",
    },
    components: { securitySchemes: { basic: { type: 'http', scheme: 'basic' } } },
    security: [{ basic: [] }],
  };
}

/** What can be read without having logged in. */
function addPages(app: FastifyInstance): void {
  const hidden = { schema: { hide: true } };
  if (!addWebUi(app)) app.get('/', hidden, (_request, reply) => reply.redirect(API_PREFIX));
  app.get(`${API_PREFIX}/openapi.json`, hidden, () => app.swagger());
  const page = () => apiPage(app.swagger());
  app.get(API_PREFIX, hidden, (_request, reply) => reply.type('text/html; charset=utf-8').send(page()));
  app.get(`${API_PREFIX}/index.html`, hidden, (_request, reply) => reply.redirect(API_PREFIX));
  const noUaa = { enable_uaa: false, uaa_client_id: '', uaa_location: '' };
  app.get(`${API_PREFIX}/auth`, hidden, () => noUaa);
}
