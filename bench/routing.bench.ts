import { Bench } from 'tinybench';
import { VirtualHost } from '#src/broker/vhost.js';
import { messageOf } from '#src/http/message.js';
import { EMPTY_TABLE, fieldTable } from '#src/protocol/field-table.js';
import { MemoryStore } from '#src/storage/memory/memory-store.js';
import { Arena } from '#src/storage/message/arena.js';
import { report } from './report.ts';

// From exchange and routing key to queues: looked up anew, and remembered, among 2,000 bindings each.

const BINDINGS = 2000;
const NO_BODY = Buffer.alloc(0);
const PLAIN = { durable: false, autoDelete: false, arguments: EMPTY_TABLE };
const vhost = new VirtualHost('/', new MemoryStore(new Arena()));
const user = {};

for (const type of ['direct', 'topic', 'headers', 'fanout']) {
  const exchange = vhost.declareExchange(type, { ...PLAIN, type, internal: false });
  const count = type === 'fanout' ? 10 : BINDINGS;
  for (let i = 0; i < count; i++) {
    const queue = vhost.declareQueue(`${type}-${i % 10}`, { ...PLAIN, exclusive: false }, user);
    const key = type === 'topic' ? `region.${i}.*.#` : `region.${i}.orders.new`;
    vhost.bind(exchange, queue, key, type === 'headers' ? fieldTable({ region: i }) : EMPTY_TABLE);
  }
}

const bench = new Bench({ name: `routing among ${BINDINGS} bindings`, time: 500 });
for (const type of ['direct', 'topic', 'fanout']) {
  const message = messageOf(type, 'region.1234.orders.new', {}, NO_BODY);
  bench.add(`${type}, looked up`, () => {
    vhost.findRoute(message);
  });
  bench.add(`${type}, remembered`, () => {
    vhost.knownRoute(message);
  });
}
const withHeaders = messageOf('headers', '', { headers: fieldTable({ region: 1234, urgent: true }) }, NO_BODY);
bench.add('headers, matched for each message', () => {
  vhost.destinationsOf(vhost.exchange('headers'), withHeaders);
});
const messageToDefault = messageOf('', 'direct-1', {}, NO_BODY);
vhost.findRoute(messageToDefault);
bench.add('default exchange, remembered', () => {
  vhost.knownRoute(messageToDefault);
});
await bench.run();
report(bench);
