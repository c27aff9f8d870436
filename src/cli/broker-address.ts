import { readCertificates } from './certificates.ts';
import { misuse } from './command-error.ts';
import type { Terminal } from './terminal.ts';

/** Which broker is meant, and as whom, as the command line says it. */
export interface AddressFlags {
  readonly url?: string;
  readonly user?: string;
  readonly password?: string;
  readonly vhost?: string;
  /** The path of a file with certificates. */
  readonly ca?: string;
}

/** Where a protocol is spoken. */
export interface Place {
  /** Without name and password. */
  readonly url: URL;
  readonly user: string;
  readonly password: string;
  /** Of those whom to trust over TLS, in PEM; undefined: those that Node trusts. */
  readonly certificates?: string;
}

/** A protocol that the broker is reached with. */
export interface Service {
  readonly name: string;
  readonly schemes: readonly string[];
  readonly port: number;
  readonly variable: string;
}

const CA_VARIABLE = 'LEVERET_CA';
const TLS_SCHEMES = ['https:', 'amqps:'];

export const HTTP: Service = {
  name: 'HTTP',
  schemes: ['http:', 'https:'],
  port: 15672,
  variable: 'LEVERET_URL',
};
export const AMQP: Service = { name: 'AMQP', schemes: ['amqp:', 'amqps:'], port: 5672, variable: 'LEVERET_AMQP_URL' };

const LOCAL_HOST = '127.0.0.1';
const DEFAULT_USER = 'guest';
const DEFAULT_PASSWORD = 'guest';

/**
 * Where the broker is: as the flags say, else the environment, else on this machine. Without an address for AMQP it is
 * looked for where the API is, on AMQP's own port.
 *
 * @throws CommandError if it makes no sense, or there is a user without a password and nobody to ask for one
 */
export async function findBroker(service: Service, flags: AddressFlags, terminal: Terminal): Promise<Place> {
  const { env } = terminal;
  const { LEVERET_USER, LEVERET_PASSWORD } = env;
  const url = addressOf(service, flags, env);
  const [urlUser, urlPassword] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = url.password = '';
  const user = flags.user ?? (urlUser || LEVERET_USER || DEFAULT_USER);
  const passwordOfUrl = user === urlUser ? urlPassword : '';
  const password = flags.password ?? (passwordOfUrl || LEVERET_PASSWORD || (await otherPassword(user, terminal)));
  const certificates = await certificatesFor(url, flags, env);
  return { url, user, password, ...(certificates !== undefined && { certificates }) };
}

/** Whoever names a file on the command line counts on TLS; the environment may be about more than one address. */
async function certificatesFor(url: URL, { ca }: AddressFlags, env: Terminal['env']): Promise<string | undefined> {
  const path = ca ?? env[CA_VARIABLE];
  if (!path) return undefined;
  if (TLS_SCHEMES.includes(url.protocol)) return readCertificates(path, ca === undefined ? CA_VARIABLE : '--ca');
  if (ca === undefined) return undefined;
  throw misuse(
    `--ca is about TLS: the address should begin with ${TLS_SCHEMES.join('// or ')}//, not '${url.protocol}//'`,
  );
}

function addressOf(service: Service, { url }: AddressFlags, env: Terminal['env']): URL {
  const own = env[service.variable];
  if (url !== undefined) return parseAddress(service, url, '--url');
  if (own) return parseAddress(service, own, service.variable);
  const api = env[HTTP.variable];
  const host = api ? parseAddress(HTTP, api, HTTP.variable).hostname : LOCAL_HOST;
  return parseAddress(service, `${service.schemes[0]}//${host}`, HTTP.variable);
}

function parseAddress({ name, schemes, port }: Service, text: string, label: string): URL {
  const example = `${schemes[0]}//${LOCAL_HOST}:${port}`;
  const url = /^[a-z]+:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') throw misuse(`${label} is no address: '${text}'; write ${example}`);
  if (!schemes.includes(url.protocol)) {
    throw misuse(`this command speaks ${name}: ${label} should be like ${example}, not '${url.protocol}//...'`);
  }
  const hasDefaultPort = url.port === '' && (url.protocol === 'http:' || url.protocol === 'amqp:');
  if (hasDefaultPort && !/:80(\/|$)/.test(text)) url.port = String(port);
  return url;
}

async function otherPassword(user: string, terminal: Terminal): Promise<string> {
  if (user === DEFAULT_USER) return DEFAULT_PASSWORD;
  const answer = terminal.askSecret(`Password of ${user}: `);
  if (answer === undefined) throw misuse(`user ${user} needs a password: --password, or LEVERET_PASSWORD`);
  return answer;
}
