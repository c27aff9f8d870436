import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OperationError } from '../broker/operation-error.ts';
import type { Logger } from '../observe/logger.ts';
import { AmqpError } from '../protocol/amqp-error.ts';
import { badRequest, HttpError, notAuthorised, notFound, objectNotFound } from './http-error.ts';

/** What Fastify throws. */
interface CodedError extends Error {
  readonly code?: string;
  readonly statusCode?: number;
}

/** Answers with what went wrong. What is nobody's mistake but ours is logged, and not told. */
export function errorReplies(log: Logger): (error: Error, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const known = httpErrorOf(error);
    if (known.statusCode >= 500 && !(error instanceof AmqpError)) {
      log.error({ err: error, method: request.method, path: request.url }, 'a request to the management API failed');
    }
    if (known.error === 'not_authorised' || known.statusCode === 403) {
      const { ip: peer, method, url } = request;
      const [path] = url.split('?');
      log.warn({ peer, method, path, reason: known.reason }, 'HTTP access denied');
    }
    void reply.code(known.statusCode).send({ error: known.error, reason: known.reason });
  };
}

function httpErrorOf(error: CodedError): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof AmqpError) return fromAmqpError(error);
  if (error instanceof OperationError) return fromOperationError(error);
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return badRequest('payload size is over the limit');
  const { statusCode = 500 } = error;
  if (statusCode === 415) return new HttpError(415, 'unsupported_media_type', 'the content type can not be read');
  if (statusCode >= 400 && statusCode < 500) return new HttpError(statusCode, 'bad_request', error.message);
  return new HttpError(500, 'internal_server_error', 'Internal Server Error');
}

/** Addresses that Fastify finds no route for because it can't read them. */
export function answerFrameworkError({ code }: CodedError, _request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode, error, reason } =
    code === 'FST_ERR_MAX_PARAM_LENGTH' ? objectNotFound() : badRequest('the address can not be decoded');
  void reply.code(statusCode).send({ error, reason });
}

/** What is no HTTP, or has headers without end: there is no request that could be answered. */
export function answerClientError({ code }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, error, reason] = CLIENT_ERRORS[code ?? ''] ?? [
    '400 Bad Request',
    'bad_request',
    'this is no HTTP request',
  ];
  const content = JSON.stringify({ error, reason });
  const headers = `Content-Type: application/json\r\nContent-Length: ${content.length}\r\nConnection: close`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${content}`);
}

/** What Node's parser complains about, besides what is no HTTP at all. */
const CLIENT_ERRORS: Readonly<Record<string, readonly [status: string, error: string, reason: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'bad_request', 'the headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request_timeout', 'the request has not come in time'],
};

/** What a client would be told on its channel. */
function fromAmqpError({ reply, message }: AmqpError): HttpError {
  switch (reply) {
    case 'ACCESS_REFUSED':
      return notAuthorised('Access refused.');
    case 'NOT_FOUND':
      return notFound(message);
    case 'INTERNAL_ERROR':
    case 'RESOURCE_ERROR':
      return new HttpError(500, 'internal_server_error', message);
    default:
      return badRequest(message);
  }
}

function fromOperationError({ message, isMissing }: OperationError): HttpError {
  return isMissing ? notFound(message) : badRequest(message);
}
