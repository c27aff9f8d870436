import { connect } from 'amqplib';
import { type Broker, type BrokerOptions, startBroker } from '#src/index.js';

type Connection = Awaited<ReturnType<typeof connect>>;

const EVERYTHING = { configure: '.*', write: '.*', read: '.*' };

/** Users with one tag each, whose passwords are their names. */
const USERS: BrokerOptions['users'] = [
  { name: 'guest', password: 'guest', tags: ['administrator'] },
  { name: 'monitoring', password: 'monitoring', tags: ['monitoring'], permissions: {} },
  { name: 'policymaker', password: 'policymaker', tags: ['policymaker'], permissions: { '/': EVERYTHING } },
  { name: 'management', password: 'management', tags: ['management'], permissions: { '/': EVERYTHING } },
  { name: 'nobody', password: 'nobody', permissions: { '/': EVERYTHING } },
];

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The content read as JSON. */
  readonly json: unknown;
}

export interface RequestParts {
  /** An object is sent as JSON, a text as it is; as JSON, unless the headers say otherwise. */
  readonly body?: unknown;
  /** The password is the name; undefined: nobody. */
  readonly user?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A broker in this process with its management API, and a client of that. */
export class Management implements AsyncDisposable {
  readonly broker: Broker;
  private readonly connections: Connection[] = [];

  private constructor(broker: Broker) {
    this.broker = broker;
  }

  static async start(options: BrokerOptions = {}): Promise<Management> {
    const vhosts = ['/', 'other'];
    return new Management(await startBroker({ port: 0, managementPort: 0, users: USERS, vhosts, ...options }));
  }

  /** @param path what comes after `/api` */
  async request(method: string, path: string, parts: RequestParts = {}): Promise<Answer> {
    const { body, headers = {} } = parts;
    const user = 'user' in parts ? parts.user : 'guest';
    const credentials = user && { authorization: `Basic ${btoa(`${user}:${user}`)}` };
    const response = await fetch(`${this.broker.managementUrl}/api${path}`, {
      method,
      headers: { ...credentials, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      redirect: 'manual',
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      get json() {
        return JSON.parse(text) as unknown;
      },
    };
  }

  /** The content of what is there. @throws Error if the status is not 200 */
  async get<T = Record<string, unknown>>(path: string, user?: string): Promise<T> {
    const { status, text, json } = await this.request('GET', path, user === undefined ? {} : { user });
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${text}`);
    return json as T;
  }

  async connect(user = 'guest', vhost = '/'): Promise<Connection> {
    const { port } = this.broker;
    const url = `amqp://${user}:${user}@127.0.0.1:${port}/${encodeURIComponent(vhost)}`;
    const connection = await connect(url);
    connection.on('error', () => {});
    this.connections.push(connection);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.close().catch(() => undefined)));
    await this.broker.close();
  }
}
