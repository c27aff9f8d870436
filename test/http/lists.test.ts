import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { extent } from '#src/extent.test.helper.js';
import { processorMs } from '#src/time/processor-time.test.helper.js';
import { Management } from '../support/management.ts';

type Names = { readonly name: string }[];

interface PageOfNames {
  readonly items: Names;
}

const MANY = extent({ usual: 6000, soak: 20_000 });
/** A turn may take a slice of the list with what else is due, such as collecting garbage. */
const SLICE_MS = 25;

async function withQueues(names: readonly string[]): Promise<Management> {
  const management = await Management.start();
  for (const name of names) await management.request('PUT', `/queues/%2F/${name}`, { body: {} });
  return management;
}

/**
 * The longest turn of the event loop meanwhile, and all of them, in time of the processor: what others do on this machine
 * does not count. The client's part does, and so does collecting garbage.
 */
async function turnsMs(action: () => Promise<unknown>): Promise<{ longestMs: number; totalMs: number }> {
  let longestMs = 0;
  const beganMs = processorMs();
  let lastMs = beganMs;
  let isOver = false;
  const look = () => {
    const nowMs = processorMs();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
    if (!isOver) setImmediate(look);
  };
  look();
  await action();
  isOver = true;
  return { longestMs, totalMs: processorMs() - beganMs };
}

describe('lists', () => {
  test('come in pages, whole or by name', async () => {
    await using management = await withQueues(['Orders', 'a', 'b', 'orders.eu']);
    const page = await management.get('/queues?page=2&page_size=3&columns=name');
    assert.deepEqual(page, {
      filtered_count: 4,
      item_count: 1,
      items: [{ name: 'orders.eu' }],
      page: 2,
      page_count: 2,
      page_size: 3,
      total_count: 4,
    });
    const named = async (query: string) => {
      const { items } = await management.get<PageOfNames>(`/queues?page=1&columns=name&${query}`);
      return items.map(({ name }) => name);
    };
    assert.deepEqual(await named('name=order'), ['Orders', 'orders.eu']);
    assert.deepEqual(await named('name=%5Eorders$&use_regex=true'), ['Orders']);
    assert.deepEqual(await named('name=%5Eorders$&use_regex=false'), []);
  });

  test('pages that cannot be are refused', async () => {
    await using management = await Management.start();
    const reasons: Readonly<Record<string, string>> = {
      'page=0': 'Invalid pagination parameters: page number 0, page size undefined',
      'page=1&page_size=501': 'Invalid pagination parameters: page number 1, page size 501',
      'page=x': 'Pagination parameters are invalid',
      'page=1&name=(&use_regex=true': 'Pagination parameters are invalid',
      'page=9&page_size=2': 'Page out of range, page: 9 page size: 2, len: 0',
    };
    for (const [query, reason] of Object.entries(reasons)) {
      const { status, json } = await management.request('GET', `/queues?${query}`);
      assert.deepEqual([status, (json as { reason: string }).reason], [400, reason], query);
    }
  });

  test('are sorted by any field, and show the fields that are asked for', async () => {
    await using management = await withQueues(['c', 'a', 'b']);
    const publish = { properties: {}, routing_key: 'b', payload: 'x', payload_encoding: 'string' };
    await management.request('POST', '/exchanges/%2F/amq.default/publish', { body: publish });
    const names = async (query: string) => (await management.get<Names>(`/queues?${query}`)).map(({ name }) => name);
    assert.deepEqual(await names('columns=name'), ['a', 'b', 'c']);
    assert.deepEqual(await names('sort=name&sort_reverse=true'), ['c', 'b', 'a']);
    assert.deepEqual(await names('sort=messages'), ['a', 'c', 'b']);
    assert.deepEqual(await names('sort=nothing'), ['a', 'b', 'c']);
    const overview = await management.get('/overview?columns=queue_totals.messages,object_totals.queues,none');
    assert.deepEqual(overview, { queue_totals: { messages: 1 }, object_totals: { queues: 3 } });
  });

  test('of very many queues hold nobody up', { timeout: 60_000 }, async (t) => {
    await using management = await Management.start();
    const connection = await management.connect();
    const channel = await connection.createChannel();
    const names = Array.from({ length: MANY }, (_, index) => `queue-${(index * 7919) % MANY}`);
    await Promise.all(names.map((name) => channel.assertQueue(name, { durable: false })));
    await management.get('/queues?columns=name'); // what is loaded and compiled by this is not what is measured
    for (const query of ['', 'columns=name', 'sort=messages&sort_reverse=true', 'page=3&page_size=500']) {
      let best = Number.POSITIVE_INFINITY;
      let limit = SLICE_MS;
      for (let i = 0; i < 5 && best >= limit; i++) {
        const { longestMs, totalMs } = await turnsMs(() => management.request('GET', `/queues?${query}`));
        best = Math.min(best, longestMs);
        limit = Math.max(SLICE_MS, totalMs / 8); // on a slow machine all takes longer
        t.diagnostic(`${query}: ${longestMs.toFixed(1)} ms of ${totalMs.toFixed(0)} ms`);
      }
      assert.ok(best < limit, `${query}: the event loop was held up for ${best} ms`);
    }
  });
});
