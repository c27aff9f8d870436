import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { User } from '../auth/user-directory.ts';
import { ApiCall, type CallParts, Done } from './api-call.ts';
import { authenticate } from './authentication.ts';
import { type Access, requireAccess } from './authorization.ts';
import type { JsonSchema } from './body-schema.ts';
import { EventStream } from './event-stream.ts';
import { requireJsonType } from './json-body.ts';
import { type JsonObject, pick } from './listing/columns.ts';
import { type Columns, readColumns, readListQuery } from './listing/list-query.ts';
import { Listing, listReply } from './listing/listing.ts';
import { StreamedObject, streamedReply } from './listing/streamed-object.ts';
import type { ManagementContext } from './management-context.ts';
import type { RouteDescription } from './openapi.ts';

export const API_PREFIX = '/api';
/** RabbitMQ's limit. */
const LARGE_BODY_LIMIT_OCTETS = 20_000_000;
const METHODS: readonly HTTPMethods[] = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'];

/** What a route is for, and who may use it. */
export interface RouteOptions {
  /** What it does, for the documentation. */
  readonly summary: string;
  /** Default: everybody who may use the API. */
  readonly access?: Access;
  readonly body?: JsonSchema;
  /** What may stand behind the question mark; others are ignored. Of lists, what all of them take is not said of each. */
  readonly query?: Readonly<Record<string, JsonSchema>>;
  /** Whether the body may be as large as RabbitMQ takes any: definitions are handled in slices, and a message is in one piece. */
  readonly takesLargeBody?: boolean;
  /** What is said of a body that is no JSON. */
  readonly notJson?: string;
  /** Whether the body has to be said to be JSON, as RabbitMQ wants of some. */
  readonly isJsonOnly?: boolean;
  /** See `FastifyContextConfig`. */
  readonly isUnsafe?: boolean;
}

/** What a resource answers: a list, an object, nothing, a status with an object, or what goes on. */
export type Answer = Listing | StreamedObject | EventStream | Done | StatusAnswer | JsonObject | readonly JsonObject[];

/** An answer with a status of its own. */
export class StatusAnswer {
  readonly statusCode: number;
  readonly content: JsonObject;

  constructor(statusCode: number, content: JsonObject) {
    this.statusCode = statusCode;
    this.content = content;
  }
}

type Handler<Body> = (call: ApiCall<Body>) => Answer | Promise<Answer>;

/** Adds what can be done with something. All of a path's methods are in one resource. */
export type Resource = (routes: ApiRoutes) => void;

/** Adds the routes of resources to the server, each with its documentation. */
export class ApiRoutes {
  private readonly app: FastifyInstance;
  private readonly context: ManagementContext;
  /** Of the resource that is being added: which methods its paths have. */
  private readonly methods = new Map<string, Set<HTTPMethods>>();
  private tag = '';
  /** All that were added. */
  readonly descriptions: RouteDescription[] = [];

  constructor(app: FastifyInstance, context: ManagementContext) {
    this.app = app;
    this.context = context;
  }

  /** Adds a resource; resolves when Fastify has its routes. @param tag what its routes are documented under */
  async add(tag: string, resource: Resource): Promise<void> {
    this.tag = tag;
    resource(this);
    this.addOtherMethods();
    this.methods.clear();
    await this.app.after();
  }

  get(path: string, options: RouteOptions, handler: Handler<unknown>): void {
    this.route('GET', path, options, handler);
  }

  put<Body = unknown>(path: string, options: RouteOptions, handler: Handler<Body>): void {
    this.route('PUT', path, options, handler);
  }

  post<Body = unknown>(path: string, options: RouteOptions, handler: Handler<Body>): void {
    this.route('POST', path, options, handler);
  }

  delete(path: string, options: RouteOptions, handler: Handler<unknown>): void {
    this.route('DELETE', path, options, handler);
  }

  private route<Body>(method: HTTPMethods, path: string, options: RouteOptions, handler: Handler<Body>): void {
    const { summary, access = 'user', body, query, notJson } = options;
    const { takesLargeBody = false, isJsonOnly = false, isUnsafe = false } = options;
    const url = API_PREFIX + path;
    this.methods.set(url, (this.methods.get(url) ?? new Set()).add(method));
    this.descriptions.push({ method, url, tag: this.tag, summary, query, body });
    const users = new WeakMap<FastifyRequest, User>();
    this.app.route({
      method,
      url,
      ...(takesLargeBody && { bodyLimit: LARGE_BODY_LIMIT_OCTETS }),
      config: { isUnsafe, ...(notJson !== undefined && { notJson }) },
      schema: {
        ...(body !== undefined && { body }),
        ...(query !== undefined && { querystring: { type: 'object', properties: query } }),
      },
      onRequest: (request, reply, next) => {
        const user = authenticate(this.context, request, reply);
        if (user === undefined) return; // it is answered
        requireAccess(access, user, this.vhostIn(request));
        if (isJsonOnly) requireJsonType(request);
        users.set(request, user);
        next();
      },
      handler: async (request, reply) => {
        const { params, query, headers, body } = request;
        const parts = { path: params, query, headers, body } as CallParts;
        const call = new ApiCall<Body>(this.context, users.get(request)!, parts);
        const answer = this.context.broker.events.by(call.user.name, () => handler(call));
        return send(await answer, call, reply);
      },
    });
  }

  /** The virtual host that the path names; one that is not there is for the route to complain about. */
  private vhostIn({ params }: FastifyRequest): string | undefined {
    const { vhost } = params as Readonly<Record<string, string>>;
    return vhost === undefined || this.context.broker.vhosts.get(vhost) === undefined ? undefined : vhost;
  }

  /** Has the other methods of the resource's paths answered: what is there, and that they are not. */
  private addOtherMethods(): void {
    for (const [url, methods] of this.methods) {
      const allowed = [...methods, ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
      this.app.route({
        method: METHODS.filter((method) => !methods.has(method)),
        url,
        handler: (request, reply) => {
          const statusCode = request.method === 'OPTIONS' ? 200 : 405;
          return reply.code(statusCode).header('allow', allowed).send();
        },
      });
    }
  }
}

async function send<Body>(answer: Answer, call: ApiCall<Body>, reply: FastifyReply): Promise<unknown> {
  void reply.headers(call.replyHeaders);
  if (answer instanceof Done) return reply.code(answer.statusCode).send();
  if (answer instanceof EventStream) {
    if (reply.request.method === 'HEAD') answer.destroy(); // nobody would read it
    // What ends it ends the connection: a broker that stops does not wait for what is idle since.
    return reply.type('text/event-stream').headers({ 'cache-control': 'no-store', connection: 'close' }).send(answer);
  }
  void reply.type('application/json').header('cache-control', 'no-cache');
  if (answer instanceof Listing) return reply.send(await listReply(answer, readListQuery(call.query)));
  if (answer instanceof StreamedObject) return reply.send(streamedReply(answer, readColumns(call.query)));
  if (answer instanceof StatusAnswer) return reply.code(answer.statusCode).send(answer.content);
  return reply.send(withColumns(answer as JsonObject | readonly JsonObject[], readColumns(call.query)));
}

function withColumns(content: JsonObject | readonly JsonObject[], columns: Columns | undefined): unknown {
  return Array.isArray(content) ? content.map((each) => pick(each, columns)) : pick(content as JsonObject, columns);
}
