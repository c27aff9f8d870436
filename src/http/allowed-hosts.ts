import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { isLoopbackAddress } from '../auth/loopback.ts';

/** Browsers resolve it and what ends with it to the machine that they run on, whatever a name server says. */
const LOCALHOST = 'localhost';
/** A Host header: a name, or an address, IPv6 in brackets, and maybe a port. */
const HOST = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/;

/**
 * The names that the API may be asked under. Any web page can have a name of its own resolve to 127.0.0.1 (DNS rebinding):
 * browsers then take the API for a part of that page, and only the header Host tells. Addresses are safe, since they are not
 * resolved.
 */
export class AllowedHosts {
  private readonly isRestricted: boolean;
  private readonly isOpen: boolean;
  private readonly names: ReadonlySet<string>;

  /**
   * @param address that the server listens on: on loopback only, nobody comes under a foreign name unless through a proxy
   * @param bind how whoever runs the broker has written it
   * @param given names with commas between, or *; undefined: none were given
   */
  constructor(address: string, bind: string, given: string | undefined) {
    const list = (given ?? '').split(',').map(normalized);
    this.isRestricted = given !== undefined || isLoopbackAddress(address);
    this.isOpen = list.includes('*');
    this.names = new Set([LOCALHOST, normalized(hostname()), normalized(bind), ...list.filter((name) => name !== '')]);
  }

  /** Whether requests for the host are answered; one that does not say is from no browser. */
  allows(host: string | undefined): boolean {
    return !this.isRestricted || this.isOwn(host);
  }

  /** Whether it names this machine, or was given. Under another name a request is not from this machine, wherever it comes from. */
  isOwn(host: string | undefined): boolean {
    if (host === undefined || this.isOpen) return true;
    const name = normalized(HOST.exec(host)?.[1] ?? '');
    return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || this.names.has(name) || name.endsWith(`.${LOCALHOST}`);
  }
}

/** A name as it is compared: its case means nothing, and neither does the dot of the root. */
function normalized(name: string): string {
  return name.trim().toLowerCase().replace(/\.$/, '');
}
