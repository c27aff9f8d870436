import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FRAME_HEADER } from '#src/protocol/constants.js';
import { EMPTY_TABLE, type FieldTable, type FieldValue, fieldTable } from '#src/protocol/field-table.js';
import { encodeContentHeader, type Properties } from '#src/protocol/properties.js';
import { type Scenario, scenario } from '../support/scenario.ts';

/** Sends the properties both ways, to a consumer and to basic.get, and has them back octet for octet. */
async function expectRoundTrip(s: Scenario, properties: Properties): Promise<void> {
  const channel = await s.channel();
  const queue = await s.queue(channel);
  const header = encodeContentHeader(4, properties);
  channel.publish('', queue, 'body', { properties });
  assert.deepEqual((await channel.get(queue))?.header, header);
  await channel.call('basic.consume', { queue, noAck: true });
  channel.publish('', queue, 'body', { properties });
  const delivery = await channel.expectDelivery('body');
  assert.deepEqual(delivery.header, header);
  assert.deepEqual(delivery.properties, properties);
}

const VALUES: readonly (readonly [name: string, value: FieldValue])[] = [
  ['bool true', { type: 'bool', value: true }],
  ['bool false', { type: 'bool', value: false }],
  ['byte -128', { type: 'byte', value: -128 }],
  ['byte 127', { type: 'byte', value: 127 }],
  ['unsignedbyte 255', { type: 'unsignedbyte', value: 255 }],
  ['short -32768', { type: 'short', value: -32768 }],
  ['unsignedshort 65535', { type: 'unsignedshort', value: 65535 }],
  ['signedint -2147483648', { type: 'signedint', value: -2147483648 }],
  ['signedint 2147483647', { type: 'signedint', value: 2147483647 }],
  ['unsignedint 4294967295', { type: 'unsignedint', value: 4294967295 }],
  ['long -1', { type: 'long', value: -1 }],
  ['long -2^63', { type: 'long', value: -(2n ** 63n) }],
  ['long 2^63 - 1', { type: 'long', value: 2n ** 63n - 1n }],
  ['timestamp', { type: 'timestamp', value: 1700000000 }],
  ['timestamp 0', { type: 'timestamp', value: 0 }],
  ['float 1.5', { type: 'float', value: 1.5 }],
  ['double', { type: 'double', value: Math.PI }],
  ['double -0', { type: 'double', value: -0 }],
  ['decimal', { type: 'decimal', value: { scale: 2, digits: 314 } }],
  ['longstr', { type: 'longstr', value: 'a text beyond ASCII: ünï ☃' }],
  ['longstr, empty', { type: 'longstr', value: '' }],
  ['longstr that is not UTF-8', { type: 'longstr', value: Buffer.from([0, 255, 254]) }],
  ['longstr of 50000 octets', { type: 'longstr', value: 'x'.repeat(50_000) }],
  ['binary', { type: 'binary', value: Buffer.from([0, 1, 255]) }],
  ['void', { type: 'void', value: null }],
  ['array, empty', { type: 'array', value: [] }],
  [
    'array, mixed',
    {
      type: 'array',
      value: [
        { type: 'void', value: null },
        { type: 'signedint', value: 1 },
      ],
    },
  ],
  ['table, empty', { type: 'table', value: EMPTY_TABLE }],
  ['table in table', { type: 'table', value: fieldTable({ a: { b: { c: [1, [2, { d: null }]] } } }) }],
];

describe('properties come through', () => {
  const single: readonly Properties[] = [
    { contentType: 'application/json' },
    { contentEncoding: 'gzip' },
    { deliveryMode: 1 },
    { deliveryMode: 2 },
    { priority: 0 },
    { priority: 255 },
    { correlationId: 'correlation' },
    { replyTo: 'some queue' },
    { expiration: '60000' },
    { messageId: 'message' },
    { timestamp: 1700000000 },
    { timestamp: 0 },
    { timestamp: 2n ** 63n },
    { type: 'kind' },
    { userId: 'guest' },
    { appId: 'application' },
    { clusterId: 'cluster' },
    { headers: EMPTY_TABLE },
    { contentType: '' },
    { messageId: 'é☃'.repeat(50) },
    { appId: 'x'.repeat(255) },
  ];
  for (const properties of single) {
    const [[name, value]] = Object.entries(properties) as [[string, string | number | FieldTable]];
    test(
      `${name}: ${String(value).slice(0, 20)}`,
      scenario(async (s) => {
        await expectRoundTrip(s, properties);
      }),
    );
  }

  test(
    'all together',
    scenario(async (s) => {
      await expectRoundTrip(s, {
        contentType: 'text/plain',
        contentEncoding: 'identity',
        headers: fieldTable({ a: 1 }),
        deliveryMode: 2,
        priority: 5,
        correlationId: 'c',
        replyTo: 'r',
        expiration: '60000',
        messageId: 'm',
        timestamp: 1,
        type: 't',
        userId: 'guest',
        appId: 'a',
        clusterId: 'k',
      });
    }),
  );

  test(
    'as the octets they are: text that is not UTF-8',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      const queue = await s.queue(channel);
      const header = encodeContentHeader(0, { messageId: 'xy' });
      header.set([0xff, 0xfe], header.length - 2);
      channel.send('basic.publish', { routingKey: queue });
      client.sendFrame(FRAME_HEADER, 1, header);
      assert.deepEqual((await channel.get(queue))?.header, header);
    }),
  );

  test(
    'as the octets they are: headers of one name',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      const queue = await s.queue(channel);
      const header = encodeContentHeader(0, { headers: fieldTable({ a: 1, b: 2 }) });
      header[header.indexOf('bI')] = 'a'.charCodeAt(0);
      channel.send('basic.publish', { routingKey: queue });
      client.sendFrame(FRAME_HEADER, 1, header);
      assert.deepEqual((await channel.get(queue))?.header, header);
    }),
  );
});

describe('headers come through', () => {
  for (const [name, value] of VALUES) {
    test(
      name,
      scenario(async (s) => {
        await expectRoundTrip(s, { headers: new Map([['header', value]]) });
      }),
    );
  }

  test(
    'of every type together, in their order',
    scenario(async (s) => {
      await expectRoundTrip(s, { headers: new Map(VALUES.toReversed()) });
    }),
  );

  test(
    'with names of 0 and of 128 octets',
    scenario(async (s) => {
      await expectRoundTrip(s, { headers: fieldTable({ '': 1, [`n${'x'.repeat(127)}`]: 2 }) });
    }),
  );

  test(
    'in tables nested 30 deep',
    scenario(async (s) => {
      let value: FieldValue = { type: 'void', value: null };
      for (let depth = 0; depth < 30; depth++) value = { type: 'table', value: new Map([['n', value]]) };
      await expectRoundTrip(s, { headers: new Map([['n', value]]) });
    }),
  );

  test(
    'in great number',
    scenario(async (s) => {
      const headers = Array.from({ length: 1000 }, (_, index) => [`header ${index}`, index] as const);
      await expectRoundTrip(s, { headers: fieldTable(Object.fromEntries(headers)) });
    }),
  );
});
