import type { RequestListener, Server } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { apiPage } from './api-page.ts';
import { API_PREFIX, ApiRoutes } from './api-routes.ts';
import { TrustedOrigins } from './cross-origin.ts';
import { answerClientError, answerFrameworkError, errorReplies } from './error-replies.ts';
import { objectNotFound } from './http-error.ts';
import { addJsonBodies } from './json-body.ts';
import { loadFastify } from './load-fastify.ts';
import type { ManagementContext } from './management-context.ts';
import { type OpenApi, openApiOf } from './openapi.ts';
import { addRequestGuard } from './request-guard.ts';
import { addResources } from './resources/resources.ts';
import { SCHEMA_COMPILER } from './schema-compiler.ts';
import { addWebUi } from './web-ui.ts';

/** What a body describes is handled in one go: it is no larger than a frame, mostly. */
const BODY_LIMIT_OCTETS = 131_072;
/** Names of virtual hosts, queues and the like have up to 255 octets, each of which may be written as three characters. */
const MAX_PATH_PART_LENGTH = 4 * 255;

/** The API behind a server that listens already. */
export interface ManagementApp {
  readonly answer: RequestListener;
  close(): Promise<void>;
}

/** Takes several turns of the event loop, since messages go on meanwhile. */
export async function createManagementApp(context: ManagementContext, server: Server): Promise<ManagementApp> {
  const { fastify } = await loadFastify();
  await turn();
  let answer: RequestListener | undefined;
  const app = fastify({
    serverFactory: (handler) => {
      answer = handler;
      return server;
    },
    bodyLimit: BODY_LIMIT_OCTETS,
    routerOptions: { maxParamLength: MAX_PATH_PART_LENGTH, ignoreTrailingSlash: true },
    schemaController: SCHEMA_COMPILER,
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
  });
  await turn();
  const trusted = new TrustedOrigins(context.broker.config.managementCorsOrigins);
  addRequestGuard(app, context.hosts, trusted);
  await addCors(app, trusted);
  addJsonBodies(app);
  app.setErrorHandler(errorReplies(context.broker.log));
  app.setNotFoundHandler(() => {
    throw objectNotFound();
  });
  const routes = new ApiRoutes(app, context);
  await addPages(app, () => openApiOf(routes.descriptions, context.version));
  await turn();
  const { addMetrics } = await import('./metrics/metrics-routes.ts');
  addMetrics(app, context);
  await turn();
  await addResources(routes);
  await app.ready();
  await turn();
  return { answer: answer!, close: () => app.close() };
}

async function addCors(app: FastifyInstance, { list }: TrustedOrigins): Promise<void> {
  if (list === undefined) return;
  const { default: cors } = await import('@fastify/cors');
  await app.register(cors, {
    origin: list === '*' ? true : [...list],
    methods: ['GET', 'PUT', 'POST', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'x-reason'],
    credentials: true,
    maxAge: 1800,
    strictPreflight: false,
  });
}

/** What can be read without having logged in. */
async function addPages(app: FastifyInstance, description: () => OpenApi): Promise<void> {
  if (!(await addWebUi(app))) app.get('/', (_request, reply) => reply.redirect(API_PREFIX));
  app.get(`${API_PREFIX}/openapi.json`, description);
  app.get(API_PREFIX, (_request, reply) => reply.type('text/html; charset=utf-8').send(apiPage(description())));
  app.get(`${API_PREFIX}/index.html`, (_request, reply) => reply.redirect(API_PREFIX));
  const noUaa = { enable_uaa: false, uaa_client_id: '', uaa_location: '' };
  app.get(`${API_PREFIX}/auth`, () => noUaa);
}
