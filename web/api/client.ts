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

  delete(path: string): Promise<unknown> {
    return this.send('DELETE', path);
  }

  /** @throws ApiError */
  private async send(method: Method, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`api${path}`, {
      method,
      // Without cookies and the like: with them the browser would ask for a password by itself.
      credentials: 'omit',
      headers: { authorization: this.authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((cause: Error) => {
      throw new ApiError(0, 'unreachable', cause.message);
    });
    const text = await response.text();
    if (response.ok) return text === '' ? undefined : JSON.parse(text);
    const error = errorOf(response.status, text);
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
