import { Bench } from 'tinybench';
import { VirtualHost } from '#src/broker/vhost.js';
import { EMPTY_TABLE, fieldTable } from '#src/protocol/field-table.js';
import { Message } from '#src/protocol/message.js';
import { OctetWriter } from '#src/protocol/octet-writer.js';
import { encodeContentHeader, type Properties } from '#src/protocol/properties.js';
import { Arena } from '#src/storage/arena.js';
import { MemoryStore } from '#src/storage/memory-store.js';
import { report } from './report.ts';

// From exchange and routing key to queues: looked up anew, and remembered, among 2,000 bindings each.

const BINDINGS = 2000;
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

function messageTo(exchange: string, routingKey: string, properties: Properties = {}): Message {
  const message = new Message();
  message.route = new OctetWriter().shortString(exchange).shortString(routingKey).finish();
  message.routeEnd = message.route.length;
  message.header = encodeContentHeader(0, properties);
  message.headerEnd = message.header.length;
  return message;
}

const bench = new Bench({ name: `routing among ${BINDINGS} bindings`, time: 500 });
for (const type of ['direct', 'topic', 'fanout']) {
  const message = messageTo(type, 'region.1234.orders.new');
  bench.add(`${type}, looked up`, () => {
    vhost.findRoute(message);
  });
  bench.add(`${type}, remembered`, () => {
    vhost.knownRoute(message);
  });
}
const withHeaders = messageTo('headers', '', { headers: fieldTable({ region: 1234, urgent: true }) });
bench.add('headers, matched for each message', () => {
  vhost.destinationsOf(vhost.exchange('headers'), withHeaders);
});
bench.add('default exchange, remembered', () => {
  vhost.knownRoute(messageToDefault);
});
const messageToDefault = messageTo('', 'direct-1');
vhost.findRoute(messageToDefault);
await bench.run();
report(bench);
