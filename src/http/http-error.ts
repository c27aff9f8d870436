import { stringifyJson } from '../json/exact-json.ts';
import type { Json } from '../storage/definitions/definition-line.ts';

/** A request that can't be done, with the status and the words that RabbitMQ's API answers with. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly statusCode: number;
  readonly error: string;
  readonly reason: Json;

  constructor(statusCode: number, error: string, reason: Json) {
    super(typeof reason === 'string' ? reason : stringifyJson(reason));
    this.statusCode = statusCode;
    this.error = error;
    this.reason = reason;
  }
}

export function objectNotFound(): HttpError {
  return new HttpError(404, 'Object Not Found', 'Not Found');
}

/** Something that the request needs is not there. */
export function notFound(reason: string): HttpError {
  return new HttpError(404, 'not_found', reason);
}

export function badRequest(reason: Json): HttpError {
  return new HttpError(400, 'bad_request', reason);
}

/** RabbitMQ does not tell who nobody knows from who may not: both are 401. */
export function notAuthorised(reason: string): HttpError {
  return new HttpError(401, 'not_authorised', reason);
}

/** Refused whoever asks: what the request comes from may not. */
export function forbidden(reason: string): HttpError {
  return new HttpError(403, 'forbidden', reason);
}
