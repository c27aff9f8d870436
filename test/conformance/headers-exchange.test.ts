import { describe, test } from 'node:test';
import {
  EMPTY_TABLE,
  type FieldTable,
  type FieldValue,
  fieldTable,
  type PlainValue,
} from '#src/protocol/field-table.js';
import { scenario } from '../support/scenario.ts';

type Headers = Readonly<Record<string, PlainValue>>;

/** What the binding asks for, which headers satisfy it, and which do not. */
const BINDINGS: readonly (readonly [binding: Headers, matching: readonly Headers[], others: readonly Headers[]])[] = [
  [{}, [{}, { a: 1 }], []],
  [{ 'x-match': 'all' }, [{}, { a: 1 }], []],
  [{ 'x-match': 'any' }, [], [{}, { a: 1 }]],
  [
    { a: 1, b: 'x' },
    [
      { a: 1, b: 'x' },
      { b: 'x', a: 1, c: 3 },
    ],
    [{}, { a: 1 }, { a: 1, b: 'y' }, { a: '1', b: 'x' }],
  ],
  [
    { 'x-match': 'all', a: 1, b: 2 },
    [
      { a: 1, b: 2 },
      { a: 1, b: 2, c: 3 },
    ],
    [{ a: 1 }, { b: 2 }, { a: 2, b: 1 }, {}],
  ],
  [
    { 'x-match': 'any', a: 1, b: 2 },
    [{ a: 1 }, { b: 2, c: 3 }, { a: 1, b: 9 }],
    [{ a: 2 }, { c: 1 }, { a: 2, b: 1 }, {}],
  ],
  [{ 'x-match': 'all', a: null }, [{ a: 1 }, { a: null }, { a: 'x', b: 1 }, { a: { t: 1 } }], [{}, { b: 1 }]],
  [{ 'x-match': 'any', a: null, b: 1 }, [{ a: 5 }, { b: 1 }], [{ b: 2 }, {}]],
  [{ 'x-match': 'all', 'x-a': 1, b: 1 }, [{ b: 1 }, { 'x-a': 2, b: 1 }], [{ 'x-a': 1 }, {}]],
  [{ 'x-match': 'any', 'x-a': 1, b: 1 }, [{ b: 1 }], [{ 'x-a': 1 }, {}]],
  [{ 'x-match': 'all-with-x', 'x-a': 1, b: 1 }, [{ 'x-a': 1, b: 1 }], [{ b: 1 }, { 'x-a': 1 }, { 'x-a': 2, b: 1 }]],
  [{ 'x-match': 'any-with-x', 'x-a': 1, b: 1 }, [{ 'x-a': 1 }, { b: 1 }], [{ 'x-a': 2 }, { b: 2 }, {}]],
  [{ 'x-match': 'all', '': 1 }, [{ '': 1 }], [{}, { '': 2 }]],
  [{ 'x-match': 'all', A: 1 }, [{ A: 1 }], [{ a: 1 }]],
  [{ a: true }, [{ a: true }], [{ a: false }, { a: 1 }, { a: 'true' }]],
  [{ a: 1.5 }, [{ a: 1.5 }], [{ a: 1 }, { a: 2.5 }]],
  [{ a: { b: 1 } }, [{ a: { b: 1 } }], [{ a: { b: 2 } }, { a: {} }, { a: 1 }]],
  [{ a: [1, 'x'] }, [{ a: [1, 'x'] }], [{ a: ['x', 1] }, { a: [1] }, { a: 1 }]],
];

describe('a headers exchange', () => {
  for (const [binding, matching, others] of BINDINGS) {
    test(
      `binding ${JSON.stringify(binding)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'headers')];
        await channel.call('queue.bind', { queue, exchange, arguments: fieldTable(binding) });
        for (const headers of [...matching, ...others]) {
          channel.publish(exchange, '', JSON.stringify(headers), { properties: { headers: fieldTable(headers) } });
        }
        await channel.expectMessages(queue, ...matching.map((headers) => JSON.stringify(headers)));
      }),
    );
  }

  const one: readonly FieldValue[] = [
    { type: 'byte', value: 1 },
    { type: 'unsignedbyte', value: 1 },
    { type: 'short', value: 1 },
    { type: 'unsignedshort', value: 1 },
    { type: 'signedint', value: 1 },
    { type: 'unsignedint', value: 1 },
    { type: 'long', value: 1 },
    { type: 'timestamp', value: 1 },
    { type: 'double', value: 1 },
    { type: 'float', value: 1 },
  ];
  for (const value of one) {
    test(
      `compares numbers by value: ${value.type} 1 is signedint 1`,
      scenario(async (s) => {
        const channel = await s.channel();
        const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'headers')];
        await channel.call('queue.bind', { queue, exchange, arguments: fieldTable({ a: 1 }) });
        const headers: FieldTable = new Map([['a', value]]);
        channel.publish(exchange, '', 'routed', { properties: { headers } });
        await channel.expectMessages(queue, 'routed');
      }),
    );
  }

  test(
    'takes a message without headers as one with none',
    scenario(async (s) => {
      const channel = await s.channel();
      const [all, some] = [await s.queue(channel), await s.queue(channel)];
      const exchange = await s.exchange(channel, 'headers');
      await channel.call('queue.bind', { queue: all, exchange });
      await channel.call('queue.bind', { queue: some, exchange, arguments: fieldTable({ a: 1 }) });
      channel.publish(exchange, '', 'bare');
      channel.publish(exchange, '', 'empty', { properties: { headers: EMPTY_TABLE } });
      await channel.expectMessages(all, 'bare', 'empty');
      await channel.expectMessages(some);
    }),
  );

  test(
    'does not look at routing keys',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'headers')];
      await channel.call('queue.bind', { queue, exchange, routingKey: 'key', arguments: fieldTable({ a: 1 }) });
      channel.publish(exchange, 'other', 'routed', { properties: { headers: fieldTable({ a: 1 }) } });
      channel.publish(exchange, 'key', 'lost', { properties: { headers: fieldTable({ a: 2 }) } });
      await channel.expectMessages(queue, 'routed');
    }),
  );

  test(
    'tells bindings apart by routing key all the same',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'headers')];
      const binding = { queue, exchange, arguments: fieldTable({ a: 1 }) };
      await channel.call('queue.bind', { ...binding, routingKey: 'one' });
      await channel.call('queue.bind', { ...binding, routingKey: 'two' });
      await channel.call('queue.unbind', { ...binding, routingKey: 'one' });
      channel.publish(exchange, '', 'routed', { properties: { headers: fieldTable({ a: 1 }) } });
      await channel.expectMessages(queue, 'routed');
    }),
  );

  for (const exchange of ['amq.headers', 'amq.match']) {
    test(
      `${exchange} is one`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = await s.queue(channel);
        const headers = fieldTable({ [queue]: 1 });
        await channel.call('queue.bind', { queue, exchange, arguments: headers });
        channel.publish(exchange, '', 'routed', { properties: { headers } });
        channel.publish(exchange, '', 'lost', { properties: { headers: fieldTable({ [queue]: 2 }) } });
        await channel.expectMessages(queue, 'routed');
      }),
    );
  }
});

describe('x-match', () => {
  const VALUE = (text: string): string =>
    `PRECONDITION_FAILED - Invalid x-match field value ${text}; expected all, any, all-with-x, or any-with-x`;
  const TYPE = (type: string, text: string): string =>
    `PRECONDITION_FAILED - Invalid x-match field type ${type} (value ${text}); expected longstr`;

  const invalid: readonly (readonly [value: PlainValue, text: string])[] = [
    ['ALL', VALUE('<<"ALL">>')],
    ['some', VALUE('<<"some">>')],
    ['', VALUE('<<>>')],
    [1, TYPE('signedint', '1')],
    [true, TYPE('bool', 'true')],
    [null, TYPE('void', 'undefined')],
  ];
  for (const [value, text] of invalid) {
    test(
      `cannot be ${JSON.stringify(value)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const binding = { exchange: 'amq.headers', arguments: fieldTable({ 'x-match': value }) };
        await channel.expectRefusal('queue.bind', { ...binding, queue: await s.queue(channel) }, 406, text);
      }),
    );
  }

  test(
    'is checked for exchanges, too',
    scenario(async (s) => {
      const channel = await s.channel();
      const binding = { source: 'amq.headers', destination: 'amq.fanout' };
      const args = fieldTable({ 'x-match': 'some' });
      await channel.expectRefusal('exchange.bind', { ...binding, arguments: args }, 406, VALUE('<<"some">>'));
    }),
  );

  test(
    'is not checked where it means nothing',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      const args = { queue, arguments: fieldTable({ 'x-match': 'some' }) };
      await channel.call('queue.bind', { ...args, exchange: 'amq.direct' });
      await channel.call('queue.unbind', { ...args, exchange: 'amq.direct' });
      await channel.call('queue.unbind', { ...args, exchange: 'amq.headers' });
    }),
  );
});
