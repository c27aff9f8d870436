import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Management } from '../support/management.ts';
import { Random } from '../support/random.ts';
import { FuzzBudget, fuzzSeed } from './fuzz-run.ts';

const AT_A_TIME = 8;
const LEAST_ROUNDS = 10;
const DEPTH = 3;
const METHODS = ['get', 'put', 'post', 'delete'] as const;
/** Parts of paths, and values: what is there, what may be, and what makes trouble elsewhere. */
const WORDS = [
  '/',
  'q',
  'guest',
  'amq.topic',
  'amq.default',
  'e',
  '~',
  'administrator',
  'max-queues',
  'policy',
  'client',
];
const ODD_WORDS = [
  '',
  'a'.repeat(300),
  '\0',
  'é',
  '..',
  '-1',
  '1e9',
  '100%',
  '__proto__',
  'constructor',
  'toString',
  '*(',
];
const FIELDS = [
  ...['name', 'password', 'password_hash', 'hashing_algorithm', 'tags', 'configure', 'write', 'read', 'exchange'],
  ...['pattern', 'definition', 'priority', 'apply-to', 'value', 'component', 'vhost', 'durable', 'auto_delete', 'type'],
  ...[
    'arguments',
    'internal',
    'routing_key',
    'payload',
    'payload_encoding',
    'properties',
    'headers',
    'count',
    'ackmode',
  ],
  ...[
    'encoding',
    'truncate',
    'action',
    'destination',
    'limit',
    'to',
    'tickets',
    'users',
    'vhosts',
    'queues',
    'bindings',
  ],
  ...['exchanges', 'permissions', 'topic_permissions', 'policies', 'parameters', 'global_parameters', 'description'],
];
const QUERIES = [
  ...['page=1', 'page=0', 'page=x&page_size=1e9', 'page=1&page=2', 'columns=name,x.y', 'columns=', 'sort=name.x'],
  ...['sort=__proto__&sort_reverse=true', 'name=(&use_regex=true&page=1', 'name[]=1', 'if-unused=true', 'limit=-1'],
  ...['lengths_age=1e9&lengths_incr=0', 'lengths_age=60&lengths_incr=5', 'msg_rates_age=-1&msg_rates_incr=1', 'idle=x'],
];
const RAW_BODIES = ['', '{', '[]', 'null', '"x"', '1', '\0', '{"__proto__":{"x":1}}'];
/** They go on until the client leaves. */
const STREAMS = /\/(trace|logs|events)/;
/** Without these, the others would have nobody to answer them. */
const NEEDED =
  /^\/(users\/guest|users\/bulk-delete|permissions\/%2F\/guest|vhosts\/%2F|user-limits\/guest|definitions)$/;

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

/** Requests of a kind that the API has, with parts that it may not expect. */
class RequestMaker {
  private readonly operations: readonly { readonly method: string; readonly template: string }[];
  private readonly random: Random;

  constructor(paths: Readonly<Record<string, object>>, random: Random) {
    this.random = random;
    this.operations = Object.entries(paths).flatMap(([template, methods]) =>
      METHODS.filter((method) => method in methods && !STREAMS.test(template)).map((method) => ({ method, template })),
    );
  }

  next(): Request {
    const { random } = this;
    const { method, template } = random.pick(this.operations);
    const path = template.replace(/^\/api/, '').replace(/\{[^}]+\}/g, () => encodeURIComponent(this.word()));
    if (method === 'get') return { method, path: random.chance(2) ? path : `${path}?${random.pick(QUERIES)}` };
    if (NEEDED.test(path)) return this.next();
    const body = random.chance(8) ? random.pick(RAW_BODIES) : JSON.stringify(this.object(0));
    return { method, path, body };
  }

  private word(): string {
    return this.random.chance(3) ? this.random.pick(ODD_WORDS) : this.random.pick(WORDS);
  }

  private object(depth: number): object {
    const fields = Array.from({ length: this.random.below(8) }, () => [this.random.pick(FIELDS), this.value(depth)]);
    return Object.fromEntries(fields);
  }

  private value(depth: number): unknown {
    const { random } = this;
    if (depth < DEPTH && random.chance(3)) return random.chance(2) ? this.object(depth + 1) : [this.value(depth + 1)];
    return random.pick([null, true, false, 0, 1, -1, 1.5, 1e308, this.word(), this.word()]);
  }
}

async function assertAnswered(management: Management, { method, path, body }: Request): Promise<number> {
  const text = `${method} ${path} ${body ?? ''}`;
  const parts = body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } };
  const { status, text: content } = await management.request(method.toUpperCase(), path, parts);
  const isUnhealthy = status === 503 && path.startsWith('/health/checks/');
  assert.ok(status < 500 || isUnhealthy, `${text}: ${status} ${content}`);
  if (status >= 400 && content !== '') assert.doesNotThrow(() => JSON.parse(content), text);
  return status;
}

test('whatever is asked of the management API, it has an answer, and is there afterwards', async (t) => {
  const seed = fuzzSeed(t);
  await using management = await Management.start();
  const { paths } = await management.get<{ paths: Record<string, object> }>('/openapi.json');
  const requests = new RequestMaker(paths, new Random(seed));
  const counts = new Map<number, number>();
  const budget = new FuzzBudget(LEAST_ROUNDS);
  for (let rounds = 0; budget.allowsMoreThan(rounds); rounds++) {
    const some = Array.from({ length: AT_A_TIME }, () => requests.next());
    for (const status of await Promise.all(some.map((request) => assertAnswered(management, request)))) {
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
  }
  t.diagnostic(`answers by status: ${[...counts].map(([status, count]) => `${status}: ${count}`).join(', ')}`);
  const { name } = await management.get<{ name: string }>('/whoami');
  assert.equal(name, 'guest');
});
