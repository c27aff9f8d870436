import type { FastifyReply, FastifyRequest } from 'fastify';
import { isLoopbackAddress } from '../auth/loopback.ts';
import type { User } from '../auth/user-directory.ts';
import { HttpError, notAuthorised } from './http-error.ts';
import type { ManagementContext } from './management-context.ts';

const CHALLENGE = 'Basic realm="RabbitMQ Management"';
const BASIC = /^Basic +([A-Za-z0-9+/]+=*)$/i;
/** Who may use the management API at all has one of these tags. */
const MANAGEMENT_TAGS = ['management', 'policymaker', 'monitoring', 'administrator'];

/**
 * Who the request is from, by HTTP's Basic authentication (RFC 7617); undefined: it does not say, and is answered with 401.
 *
 * @throws HttpError 401 if it is nobody, or nobody who may use the API
 */
export function authenticate(
  { broker: { users, logins, log }, hosts }: ManagementContext,
  request: FastifyRequest,
  reply: FastifyReply,
): User | undefined {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    void reply.code(401).header('www-authenticate', CHALLENGE).send();
    return undefined;
  }
  const credentials = readCredentials(authorization);
  // Under a foreign name it has come through a proxy, or for a web page that has its name resolve to this machine.
  const isLocal = isLoopbackAddress(request.socket.remoteAddress ?? '') && hosts.isOwn(request.headers.host);
  const user = credentials && users.authenticate(credentials.name, credentials.password, isLocal);
  logins.count('http', user === undefined ? 'failed' : 'succeeded');
  if (user === undefined) {
    log.warn(
      { user: credentials?.name, peer: request.socket.remoteAddress },
      'HTTP access denied: invalid credentials',
    );
    void reply.header('www-authenticate', CHALLENGE);
    throw new HttpError(401, 'not_authorized', 'Login failed');
  }
  if (!hasTag(user, ...MANAGEMENT_TAGS)) throw notAuthorised('Not management user');
  return user;
}

/** Whether the user has one of the tags. */
export function hasTag({ tags }: User, ...wanted: readonly string[]): boolean {
  return wanted.some((tag) => tags.includes(tag));
}

function readCredentials(authorization: string): { name: string; password: string } | undefined {
  const [, encoded] = BASIC.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colonAt = text.indexOf(':');
  return colonAt === -1 ? undefined : { name: text.slice(0, colonAt), password: text.slice(colonAt + 1) };
}
