import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EMPTY_TABLE } from '../protocol/field-table.ts';
import { incomingMessage } from '../protocol/message.test.helper.ts';
import { Arena } from '../storage/arena.ts';
import { MemoryStore } from '../storage/memory-store.ts';
import { Exchange } from './exchange/exchange.ts';
import { bindingIndexOf } from './exchange/exchange-types.ts';
import { Queue } from './queue/queue.ts';
import { environmentOf } from './queue/queue-environment.test.helper.ts';
import { Router } from './router.ts';

const store = new MemoryStore(new Arena());
const PROPERTIES = { durable: false, exclusive: false, autoDelete: false, internal: false, arguments: EMPTY_TABLE };

function exchange(name: string, type = 'fanout'): Exchange {
  return new Exchange(name, '/', { ...PROPERTIES, type }, bindingIndexOf(type)!);
}

function queue(name: string): Queue {
  return new Queue(name, '/', PROPERTIES, undefined, environmentOf(store));
}

function routed(router: Router, from: Exchange, routingKey = ''): { names: string[]; isKeyed: boolean } {
  const { queues, isKeyed } = router.route(from, routingKey, incomingMessage({ routingKey }));
  return { names: queues.map(({ name }) => name).sort(), isKeyed };
}

test('a queue is reached once, however many bindings lead to it', () => {
  const [source, other, one] = [exchange('source', 'topic'), exchange('other', 'direct'), queue('one')];
  for (const key of ['#', 'a.*', 'a.b']) source.bind(one, key, EMPTY_TABLE);
  source.bind(other, '#', EMPTY_TABLE);
  other.bind(one, 'a.b', EMPTY_TABLE);
  const router = new Router();
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(routed(router, source, 'a.b'), { names: ['one'], isKeyed: true });
  }
});

test('a route counts as keyed only while no exchange on it looks at headers', () => {
  const [source, headers] = [exchange('source', 'direct'), exchange('headers', 'headers')];
  source.bind(headers, 'h', EMPTY_TABLE);
  const router = new Router();
  assert.equal(routed(router, source, 'other').isKeyed, true);
  assert.equal(routed(router, source, 'h').isKeyed, false);
  assert.equal(routed(router, headers).isKeyed, false);
});

test('any graph of exchanges, circles and all, leads wherever there is a way', () => {
  const edge = fc.tuple(fc.nat(7), fc.nat(11));
  fc.assert(
    fc.property(fc.array(edge, { maxLength: 30 }), (edges) => {
      const exchanges = Array.from({ length: 8 }, (_, i) => exchange(`x${i}`));
      const queues = Array.from({ length: 4 }, (_, i) => queue(`q${i}`));
      const nodes = [...exchanges, ...queues];
      for (const [from, to] of edges) exchanges[from]!.bind(nodes[to]!, '', EMPTY_TABLE);
      const router = new Router();
      for (let from = 0; from < exchanges.length; from++) {
        const reached = new Set([from]);
        for (const node of reached) for (const [a, b] of edges) if (a === node) reached.add(b);
        const expected = [...reached].filter((node) => node >= 8).map((node) => nodes[node]!.name);
        assert.deepEqual(routed(router, exchanges[from]!).names, expected.sort());
      }
    }),
  );
});
