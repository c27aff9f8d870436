import type { FastifyReply, FastifyRequest } from 'fastify';
import { OperationError } from '../broker/operation-error.ts';
import type { Logger } from '../observe/logger.ts';
import { AmqpError } from '../protocol/amqp-error.ts';
import { badRequest, HttpError, notAuthorised, notFound } from './http-error.ts';

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
    if (known.error === 'not_authorised') {
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
  if (statusCode >= 400 && statusCode < 500) return new HttpError(statusCode, 'bad_request', error.message);
  return new HttpError(500, 'internal_server_error', 'Internal Server Error');
}

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
