import { parseJson, stringifyJson } from '../json/exact-json.ts';
import { ApiError } from './api-error.ts';
import type { Place } from './broker-address.ts';
import { CommandError } from './command-error.ts';
import { type HttpAnswer, type HttpRequest, httpRequest } from './http-request.ts';
import { unreachable } from './unreachable.ts';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/** Parameters in a request's address. */
type Query = Readonly<Record<string, string>>;

/** The path of a resource, its parts encoded. */
export function apiPath(...parts: readonly string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('');
}

/** A client of the management API. All methods reject with an `ApiError` for what the broker refuses. */
export class ApiClient {
  readonly place: Place;
  private readonly base: string;
  private readonly authorization: string;

  constructor(place: Place) {
    this.place = place;
    this.base = `${place.url.href.replace(/\/$/, '')}/api`;
    this.authorization = `Basic ${Buffer.from(`${place.user}:${place.password}`).toString('base64')}`;
  }

  /** What is there. @param timeoutMs how long it may take; without it, as long as it takes */
  async get<T = JsonObject>(path: string, query: Query = {}, timeoutMs?: number): Promise<T> {
    const search = new URLSearchParams(query).toString();
    const limit = timeoutMs === undefined ? {} : { timeoutMs };
    return parseJson((await this.request('GET', search === '' ? path : `${path}?${search}`, limit)).text) as T;
  }

  /** Resolves to whether it is new. */
  async put(path: string, body: JsonObject = {}): Promise<boolean> {
    return (await this.request('PUT', path, { body: stringifyJson(body) })).status === 201;
  }

  /** Resolves to the answer, if there is one. */
  async post<T = undefined>(path: string, body: Json): Promise<T> {
    const { text } = await this.request('POST', path, { body: stringifyJson(body) });
    return (text === '' ? undefined : parseJson(text)) as T;
  }

  async delete(path: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.request('DELETE', path, { headers });
  }

  private async request(method: string, path: string, parts: Partial<HttpRequest>): Promise<HttpAnswer> {
    const { body, headers } = parts;
    const { certificates } = this.place;
    const content = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const all = { authorization: this.authorization, 'content-type': 'application/json', ...content, ...headers };
    const trusted = certificates === undefined ? {} : { certificates };
    const asked = { ...parts, ...trusted, method, headers: all };
    const answer = await httpRequest(this.base + path, asked).catch((error: unknown) => {
      throw this.failure(error);
    });
    const { status, text, contentType } = answer;
    const isApi = text === '' || contentType.startsWith('application/json');
    if (!isApi || (status >= 300 && status < 400)) {
      throw this.foreign(`status ${status}`);
    }
    if (status >= 400) throw ApiError.from(status, text, this.place);
    return answer;
  }

  private foreign(why: string): CommandError {
    return new CommandError(`what answers at ${this.place.url.href} is no broker's management API (${why})`);
  }

  private failure(error: unknown): CommandError {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code.startsWith('HPE_')) return this.foreign('it does not speak HTTP');
    return unreachable(this.place, error);
  }
}
