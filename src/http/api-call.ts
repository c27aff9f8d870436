import type { User } from '../auth/user-directory.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import { badRequest, notFound, objectNotFound } from './http-error.ts';
import type { Query } from './listing/list-query.ts';
import type { ManagementContext } from './management-context.ts';

/** A request to the API, as the resource that it is for sees it. */
export class ApiCall<Body = unknown> {
  readonly context: ManagementContext;
  readonly user: User;
  /** The parts of the path that vary, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As the route's schema has it. */
  readonly body: Body;
  /** What the answer is to carry besides its content. */
  readonly replyHeaders: { location?: string; 'content-disposition'?: string } = {};

  constructor(context: ManagementContext, user: User, parts: CallParts) {
    this.context = context;
    this.user = user;
    this.path = parts.path;
    this.query = parts.query;
    this.headers = parts.headers;
    this.body = parts.body as Body;
  }

  /** A part of the path that the route has. */
  part(name: string): string {
    return this.path[name]!;
  }

  /** The virtual host in the path. @throws HttpError 404 */
  get vhost(): VirtualHost {
    const vhost = this.context.broker.vhosts.get(this.part('vhost'));
    if (vhost === undefined) throw objectNotFound();
    return vhost;
  }

  /** The same for what is to be changed in it. @throws HttpError 404, in other words */
  get vhostToChange(): VirtualHost {
    const vhost = this.context.broker.vhosts.get(this.part('vhost'));
    if (vhost === undefined) throw notFound('vhost_not_found');
    return vhost;
  }

  /** The exchange or queue in the path, where the default exchange goes by a name. */
  exchangeName(part: string): string {
    const name = this.part(part);
    return name === 'amq.default' ? '' : name;
  }

  isSet(parameter: string): boolean {
    return this.query[parameter] === 'true';
  }

  /** Resolves when what was changed is on disk. */
  committed(): Promise<void> {
    return this.context.broker.commit.flushed();
  }
}

export interface CallParts {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: unknown;
}

/** An answer without content: something is there now that was not, or is otherwise than before. */
export class Done {
  readonly statusCode: 201 | 204;

  constructor(statusCode: 201 | 204) {
    this.statusCode = statusCode;
  }
}

export const CREATED = new Done(201);
export const CHANGED = new Done(204);

/** What many scripts send for yes and no. @throws HttpError 400 */
export function booleanOf(value: unknown, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw badRequest(['not_boolean', value as string]);
}
