import { eventsOf } from './events.ts';
import type { Credentials } from './session.ts';

/** An answer that says no. */
export class ApiError extends Error {
  /** HTTP's; 0: there was no answer. */
  readonly status: number;
  /** The API's word for it, such as `page_out_of_range`. */
  readonly code: string;

  constructor(status: number, code: string, reason: string) {
    super(reason);
    this.status = status;
    this.code = code;
  }
}

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';
type Headers = Readonly<Record<string, string>>;

interface RequestParts {
  readonly headers?: Headers;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** The management API as one user sees it. */
export class ApiClient {
  private readonly authorization: string;
  private readonly onRefused: () => void;

  /** @param onRefused is called when the API no longer takes the credentials */
  constructor({ name, password }: Credentials, onRefused: () => void) {
    this.authorization = `Basic ${base64(`${name}:${password}`)}`;
    this.onRefused = onRefused;
  }

  get<T>(path: string): Promise<T> {
    return this.send('GET', path) as Promise<T>;
  }

  put(path: string, body: unknown): Promise<unknown> {
    return this.send('PUT', path, body);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.send('POST', path, body) as Promise<T>;
  }

  /** @param reason for the one whose connection it closes */
  delete(path: string, reason?: string): Promise<unknown> {
    return this.send('DELETE', path, undefined, reason ? { 'x-reason': reason } : {});
  }

  /** Calls back with each piece of news, until it is aborted or the broker ends it. @throws ApiError */
  async follow<T>(path: string, signal: AbortSignal, onNews: (news: T) => void): Promise<void> {
    try {
      const response = await this.fetch('GET', path, { signal });
      for await (const json of eventsOf(response.body!)) onNews(JSON.parse(json) as T);
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof ApiError ? error : new ApiError(0, 'unreachable', (error as Error).message);
    }
  }

  /** @throws ApiError */
  private async send(method: Method, path: string, body?: unknown, headers?: Headers): Promise<unknown> {
    const response = await this.fetch(method, path, {
      ...(headers !== undefined && { headers }),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  }

  /** @throws ApiError if the answer says no */
  private async fetch(method: Method, path: string, parts: RequestParts): Promise<Response> {
    const { headers, ...others } = parts;
    const response = await fetch(`api${path}`, {
      method,
      // Without cookies and the like: with them the browser would ask for a password by itself.
      credentials: 'omit',
      headers: { authorization: this.authorization, 'content-type': 'application/json', ...headers },
      ...others,
    }).catch((cause: Error) => {
      throw new ApiError(0, 'unreachable', cause.message);
    });
    if (response.ok) return response;
    const error = errorOf(response.status, await response.text());
    if (isLoginFailure(error)) this.onRefused();
    throw error;
  }
}

/** The path of a resource: each part may hold any character. */
export function apiPath(...parts: readonly string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('');
}

/** The API answers with 401, too, where the user is known but may not do this. */
function isLoginFailure({ status, message }: ApiError): boolean {
  return status === 401 && (message === 'Login failed' || message === 'Not management user');
}

function errorOf(status: number, text: string): ApiError {
  try {
    const { error = '', reason = '' } = JSON.parse(text) as { error?: string; reason?: unknown };
    return new ApiError(status, error, typeof reason === 'string' ? reason : JSON.stringify(reason));
  } catch {
    return new ApiError(status, '', `HTTP ${status}`);
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
