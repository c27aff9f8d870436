import type { IncomingHttpHeaders } from 'node:http';

/** Origins of web pages that may use the API, besides its own. */
export class TrustedOrigins {
  /** Undefined: none. */
  readonly list: '*' | readonly string[] | undefined;

  /** @param option origins with commas between, or * */
  constructor(option: string | undefined) {
    const list = option?.split(',').map((origin) => origin.trim());
    this.list = list?.includes('*') === true ? '*' : list;
  }

  includes(origin: string): boolean {
    return this.list === '*' || this.list?.includes(origin) === true;
  }
}

/**
 * Whether a browser sends the request for a web page of another origin, which is not trusted. Browsers add credentials to it that
 * they know or that the page has; programs that are no browsers send neither of the headers.
 *
 * `Sec-Fetch-Site` decides where there is one: it is right behind proxies that change Host, too. Browsers don't send it to plain
 * HTTP on other machines; they send Origin there, with all that is not GET or HEAD.
 */
export function isCrossOrigin(headers: IncomingHttpHeaders, trusted: TrustedOrigins): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (origin !== undefined && trusted.includes(origin)) return false;
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return origin !== undefined && !isOriginOf(origin, host);
}

/** Whether it is the origin of pages from the host, whose port the scheme may imply. `null` is nobody's. */
function isOriginOf(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: authority } = new URL(origin);
  const address = `${protocol}//${host}`;
  return URL.canParse(address) && new URL(address).host === authority && authority !== '';
}
