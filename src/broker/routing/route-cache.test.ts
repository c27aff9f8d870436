import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_TABLE } from '../../protocol/field-table.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { Exchange } from '../exchange/exchange.ts';
import { FanoutIndex } from '../exchange/fanout-index.ts';
import { type Route, RouteCache } from './route-cache.ts';

const PROPERTIES = { type: 'fanout', durable: false, autoDelete: false, internal: false, arguments: EMPTY_TABLE };
const exchange = new Exchange('x', '/', PROPERTIES, new FanoutIndex());

const keyed = (routingKey: string) => incomingMessage({ exchange: 'x', routingKey });

function routeOf(routingKey: string, epoch: number): Route {
  const { route, routeStart, routeEnd } = keyed(routingKey);
  return {
    octets: Buffer.from(route.subarray(routeStart, routeEnd)),
    exchange,
    queues: [],
    durableIds: new Int32Array(0),
    isKeyed: true,
    epoch,
  };
}

test('a route is found by its octets and of its epoch only', () => {
  const cache = new RouteCache();
  const route = routeOf('key', 1);
  cache.put(route);
  assert.equal(cache.find(keyed('key'), 1), route);
  assert.equal(cache.find(keyed('key'), 2), undefined);
  assert.equal(cache.find(keyed('kez'), 1), undefined);
  assert.equal(cache.find(incomingMessage({ exchange: '', routingKey: 'xkey' }), 1), undefined);
});

test('with more routes than it has room for, what is found is still right', () => {
  const cache = new RouteCache();
  const routes = Array.from({ length: 10_000 }, (_, i) => routeOf(`key.${i}`, 1));
  for (const route of routes) cache.put(route);
  const found = routes.filter((route, i) => {
    const hit = cache.find(keyed(`key.${i}`), 1);
    assert.ok(hit === undefined || hit === route);
    return hit !== undefined;
  });
  assert.ok(found.length > 3000, `${found.length} of 4096 places are used`);
});
