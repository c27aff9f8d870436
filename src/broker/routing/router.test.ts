import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EMPTY_TABLE, type FieldTable, fieldTable } from '../../protocol/field-table.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { Exchange } from '../exchange/exchange.ts';
import { exchangeType } from '../exchange/exchange-types.ts';
import { Queue } from '../queue/queue.ts';
import { environmentOf } from '../queue/queue-environment.test.helper.ts';
import { Router } from './router.ts';

const store = new MemoryStore(new Arena());
const PROPERTIES = { durable: false, exclusive: false, autoDelete: false, internal: false, arguments: EMPTY_TABLE };

/** Exchanges and queues of a test's own. */
class Graph {
  readonly exchanges = new Map<string, Exchange>();
  readonly router = new Router(this.exchanges);

  exchange(name: string, type = 'fanout', args: FieldTable = EMPTY_TABLE): Exchange {
    const index = exchangeType(type)!({ arguments: args, resource: `exchange '${name}' in vhost '/'`, store });
    const exchange = new Exchange(name, '/', { ...PROPERTIES, type, arguments: args }, index);
    this.exchanges.set(name, exchange);
    return exchange;
  }

  /** The names of the queues that a message reaches, and whether its key alone says so. */
  routed(from: Exchange, routingKey = ''): { names: string[]; isKeyed: boolean } {
    const message = incomingMessage({ routingKey });
    const { queues } = this.router.route(from, [routingKey], message);
    const byKey = this.router.routeByKey(from, routingKey, message);
    if (byKey.isKeyed) assert.deepEqual(byKey.queues, queues);
    return { names: queues.map(({ name }) => name).sort(), isKeyed: byKey.isKeyed };
  }
}

function queue(name: string): Queue {
  return new Queue(name, '/', PROPERTIES, undefined, environmentOf(store));
}

test('a queue is reached once, however many bindings lead to it', () => {
  const graph = new Graph();
  const [source, other, one] = [graph.exchange('source', 'topic'), graph.exchange('other', 'direct'), queue('one')];
  for (const key of ['#', 'a.*', 'a.b']) source.bind(one, key, EMPTY_TABLE);
  source.bind(other, '#', EMPTY_TABLE);
  other.bind(one, 'a.b', EMPTY_TABLE);
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(graph.routed(source, 'a.b'), { names: ['one'], isKeyed: true });
  }
});

test('a route counts as keyed only while no exchange on it looks at headers', () => {
  const graph = new Graph();
  const [source, headers] = [graph.exchange('source', 'direct'), graph.exchange('headers', 'headers')];
  source.bind(headers, 'h', EMPTY_TABLE);
  assert.equal(graph.routed(source, 'other').isKeyed, true);
  assert.equal(graph.routed(source, 'h').isKeyed, false);
  assert.equal(graph.routed(headers).isKeyed, false);
});

test('any graph of exchanges, circles and all, leads wherever there is a way', () => {
  const edge = fc.tuple(fc.nat(7), fc.nat(11));
  fc.assert(
    fc.property(fc.array(edge, { maxLength: 30 }), (edges) => {
      const graph = new Graph();
      const exchanges = Array.from({ length: 8 }, (_, i) => graph.exchange(`x${i}`));
      const queues = Array.from({ length: 4 }, (_, i) => queue(`q${i}`));
      const nodes = [...exchanges, ...queues];
      for (const [from, to] of edges) exchanges[from]!.bind(nodes[to]!, '', EMPTY_TABLE);
      for (let from = 0; from < exchanges.length; from++) {
        const reached = new Set([from]);
        for (const node of reached) for (const [a, b] of edges) if (a === node) reached.add(b);
        const expected = [...reached].filter((node) => node >= 8).map((node) => nodes[node]!.name);
        assert.deepEqual(graph.routed(exchanges[from]!).names, expected.sort());
      }
    }),
  );
});

describe('an alternate exchange', () => {
  const to = (name: string): FieldTable => fieldTable({ 'alternate-exchange': name });

  test('gets what has no destination, and nothing else', () => {
    const graph = new Graph();
    const [source, alternate] = [graph.exchange('source', 'direct', to('alternate')), graph.exchange('alternate')];
    source.bind(queue('routed'), 'k', EMPTY_TABLE);
    alternate.bind(queue('others'), '', EMPTY_TABLE);
    assert.deepEqual(graph.routed(source, 'k'), { names: ['routed'], isKeyed: true });
    assert.deepEqual(graph.routed(source, 'other'), { names: ['others'], isKeyed: true });
  });

  test('is not asked where there is a binding to an exchange that leads nowhere', () => {
    const graph = new Graph();
    const [source, deadEnd] = [graph.exchange('source', 'fanout', to('alternate')), graph.exchange('dead end')];
    graph.exchange('alternate').bind(queue('others'), '', EMPTY_TABLE);
    source.bind(deadEnd, '', EMPTY_TABLE);
    assert.deepEqual(graph.routed(source).names, []);
  });

  test('may have one itself, in a chain, and in a circle', () => {
    const graph = new Graph();
    const source = graph.exchange('a', 'direct', to('b'));
    graph.exchange('b', 'direct', to('c'));
    const last = graph.exchange('c', 'direct', to('a'));
    last.bind(queue('end'), 'k', EMPTY_TABLE);
    assert.deepEqual(graph.routed(source, 'k').names, ['end']);
    assert.deepEqual(graph.routed(source, 'other').names, []);
  });

  test('that looks at headers makes the route depend on the message', () => {
    const graph = new Graph();
    const source = graph.exchange('source', 'direct', to('alternate'));
    graph.exchange('alternate', 'headers').bind(queue('others'), '', EMPTY_TABLE);
    assert.deepEqual(graph.routed(source), { names: ['others'], isKeyed: false });
  });

  test('need not be there', () => {
    const graph = new Graph();
    assert.deepEqual(graph.routed(graph.exchange('source', 'direct', to('nowhere'))), { names: [], isKeyed: true });
  });
});
