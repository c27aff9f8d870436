import type { Place } from './broker-address.ts';
import { CommandError } from './command-error.ts';

const STATUS_UNAUTHORIZED = 401;
const STATUS_NOT_FOUND = 404;

/** What the API says of what is not there without saying what it is. */
const NOT_FOUND_REASON = 'Not Found';

/** The management API has refused a request. The message says so to people. */
export class ApiError extends CommandError {
  readonly httpStatus: number;
  /** In the API's words. */
  readonly reason: string;

  private constructor(message: string, httpStatus: number, reason: string) {
    super(message);
    this.httpStatus = httpStatus;
    this.reason = reason;
  }

  static from(httpStatus: number, text: string, place: Place): ApiError {
    const reason = reasonIn(text);
    return new ApiError(explained(httpStatus, reason, place), httpStatus, reason);
  }

  /** What the path names is not there, and the API does not say what that is. */
  get isObjectMissing(): boolean {
    if (this.httpStatus === STATUS_NOT_FOUND) return [NOT_FOUND_REASON, 'vhost_not_found'].includes(this.reason);
    return this.reason === 'vhost_or_user_not_found' || this.reason.startsWith('no_such_user');
  }
}

/** On one line. Some reasons are lists: what is wrong, and where. */
function reasonIn(content: string): string {
  try {
    const { reason } = JSON.parse(content) as { readonly reason?: unknown };
    const text = Array.isArray(reason) ? reason.join(': ') : String(reason);
    return text.trim().replaceAll(/\s*\n\s*/g, '; ');
  } catch {
    return content;
  }
}

function explained(httpStatus: number, reason: string, { user, url }: Place): string {
  if (reason === NOT_FOUND_REASON) return `there is no such thing at ${url.href}; is the address right?`;
  if (reason === '') return `the broker at ${url.host} does not know how to do that (status ${httpStatus})`;
  if (httpStatus !== STATUS_UNAUTHORIZED) return reason;
  switch (reason) {
    case 'Login failed':
      return `the broker at ${url.host} does not let user ${user} in with this password; see --user and --password`;
    case 'Not management user':
      return `user ${user} may not use the management API: that takes the tag management, policymaker, monitoring or administrator`;
    default:
      return `user ${user} may not do that (${reason.replace(/\.$/, '')})`;
  }
}
