import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { EMPTY_TABLE, type FieldTable, fieldTable } from '#src/protocol/field-table.js';
import { encodeContentHeader } from '#src/protocol/properties.js';
import { frame, method, publish } from '#src/server/connection/connection.test.helper.js';
import { BrokerProcess, MIB, mib, SKIP } from '../support/broker-process.ts';
import { RawPeer, SERVED_MS } from '../support/raw-peer.ts';

const KIB = 1024;

/** Runs the attack; a client must be served all the while, and the broker's memory stay within the limit. */
async function withstand(
  attack: (broker: BrokerProcess) => Promise<readonly RawPeer[]>,
  limitOctets: number,
  report: (text: string) => void,
): Promise<void> {
  await using broker = await BrokerProcess.start(['--memory-limit', '64MiB']);
  const other = await RawPeer.open(broker.port);
  await other.longestWaitMs(broker, 50);
  const before = broker.residentOctets;
  let isOver = false;
  const attackers = attack(broker).finally(() => {
    isOver = true;
  });
  let longestMs = 0;
  while (!isOver) longestMs = Math.max(longestMs, await other.longestWaitMs(broker, 50));
  const peers = await attackers;
  const grown = broker.peakOctets - before;
  report(`${mib(grown)}; others wait for ${longestMs} ms of computing`);
  assert.ok(grown < limitOctets, mib(grown));
  assert.ok(longestMs < SERVED_MS, `others wait for ${longestMs} ms of computing`);
  await Promise.all([...peers, other].map((peer) => peer.close()));
  assert.ok(broker.isRunning);
}

/** A table with as many fields as fit. */
function wideTable(fields: number): FieldTable {
  return new Map(Array.from({ length: fields }, (_, i) => [i.toString(36), { type: 'void', value: null }]));
}

function deepTable(levels: number): FieldTable {
  let table = EMPTY_TABLE;
  for (let i = 0; i < levels; i++) table = new Map([['', { type: 'table', value: table }]]);
  return table;
}

describe('what one client does is bounded', { skip: SKIP }, () => {
  const attacks: readonly (readonly [string, number, (broker: BrokerProcess) => Promise<readonly RawPeer[]>])[] = [
    [
      'a message octet by octet',
      16 * MIB,
      async ({ port }) => {
        const peer = await RawPeer.open(port, method(1, 'queue.declare', { queue: 'q', exclusive: true }));
        peer.socket.setNoDelay(true);
        for (const octet of publish(1, Buffer.alloc(5000), { routingKey: 'q' })) {
          peer.socket.write(Buffer.from([octet]));
          await turn();
        }
        peer.send(method(1, 'basic.get', { queue: 'q', noAck: true }));
        await peer.untilTrue(() => peer.bodyOctets === 5000, 'the message');
        return [peer];
      },
    ],
    [
      'bodies in frames of one octet',
      64 * MIB,
      async ({ port }) => {
        const message = publish(1, Buffer.alloc(100_000), { frameSize: 1 });
        const peer = await RawPeer.open(port, method(1, 'confirm.select'));
        for (let i = 0; i < 10; i++) peer.send(message);
        await peer.until('basic.ack');
        await peer.roundTrip();
        return [peer];
      },
    ],
    [
      'body frames of no octets at all',
      16 * MIB,
      async ({ port }) => {
        const nothing = Buffer.concat(Array.from({ length: 10_000 }, () => frame(3, 1, Buffer.alloc(0))));
        const peer = await RawPeer.open(port);
        peer.send(method(1, 'basic.publish'), frame(2, 1, encodeContentHeader(5, {})));
        for (let i = 0; i < 100; i++) peer.send(nothing);
        peer.send(frame(3, 1, Buffer.from('hello')));
        await peer.roundTrip();
        return [peer];
      },
    ],
    [
      'messages with headers as wide and as deep as they get',
      96 * MIB,
      async ({ port }) => {
        const messages = [wideTable(25_000), deepTable(60)].map((headers) =>
          publish(1, 'x', { exchange: 'amq.headers', properties: { headers } }),
        );
        const args = fieldTable({ 'x-match': 'any', none: 1 });
        const queue = method(1, 'queue.declare', { queue: 'q', exclusive: true });
        const bind = method(1, 'queue.bind', { exchange: 'amq.headers', arguments: args });
        const peer = await RawPeer.open(port, queue, bind);
        for (let i = 0; i < 40; i++) peer.send(...messages);
        await peer.roundTrip();
        return [peer];
      },
    ],
    [
      'declarations with very many arguments',
      128 * MIB,
      async ({ port }) => {
        const declare = (queue: string) =>
          method(1, 'queue.declare', { queue, exclusive: true, arguments: wideTable(20_000) });
        const declarations = ['a', 'b', 'c', 'd'].map(declare);
        const peer = await RawPeer.open(port);
        for (let i = 0; i < 10; i++) peer.send(...declarations);
        await peer.until('queue.declare-ok', 40);
        return [peer];
      },
    ],
    [
      'patterns with many #, and keys with many words',
      64 * MIB,
      async ({ port }) => {
        const words = (text: string, count: number) => Array(count).fill(text).join('.');
        const bind = (routingKey: string) => method(1, 'queue.bind', { queue: 'q', exchange: 'amq.topic', routingKey });
        const binds = Array.from({ length: 60 }, (_, i) => bind(`${words('#.a', i)}.#.${i}`));
        const peer = await RawPeer.open(port, method(1, 'queue.declare', { queue: 'q', exclusive: true }), ...binds);
        for (let i = 0; i < 200; i++) {
          peer.send(publish(1, '', { exchange: 'amq.topic', routingKey: `${words('a', 120)}.${i}` }));
        }
        await peer.roundTrip();
        return [peer];
      },
    ],
    [
      'two thousand channels with half a message each',
      96 * MIB,
      async ({ port }) => {
        const peer = await RawPeer.open(port);
        const headers = fieldTable({ padding: 'x'.repeat(20_000) });
        const header = encodeContentHeader(10, { headers });
        for (let channel = 2; channel < 2000; channel++) {
          peer.send(method(channel, 'channel.open'), method(channel, 'basic.publish'), frame(2, channel, header));
        }
        await peer.until('channel.open-ok', 1999);
        for (let i = 0; i < 100; i++) await peer.roundTrip();
        return [peer];
      },
    ],
    [
      'a hundred large messages on as many channels, none of them ever complete',
      112 * MIB,
      async (broker) => {
        const { port } = broker;
        const octets = frame(3, 1, Buffer.alloc(131_064));
        const peer = await RawPeer.open(port);
        for (let channel = 2; channel < 102; channel++) {
          const header = frame(2, channel, encodeContentHeader(100 * MIB, {}));
          peer.send(method(channel, 'channel.open'), method(channel, 'basic.publish'), header);
          octets.writeUInt16BE(channel, 1);
          for (let i = 0; i < 25; i++) peer.socket.write(Buffer.from(octets));
        }
        const other = await RawPeer.open(port);
        await other.longestWaitMs(broker, 300);
        assert.ok(peer.socket.writableLength > 0, 'the broker has stopped to read');
        return [peer, other];
      },
    ],
    [
      'a chain of auto-delete exchanges that falls',
      96 * MIB,
      async ({ port }) => {
        const peer = await RawPeer.open(port, method(1, 'queue.declare', { queue: 'end', exclusive: true }));
        const LENGTH = 10_000;
        for (let i = 0; i < LENGTH; i++) {
          peer.send(method(1, 'exchange.declare', { exchange: `x${i}`, type: 'fanout', autoDelete: true }));
          if (i === 0) peer.send(method(1, 'queue.bind', { queue: 'end', exchange: 'x0' }));
          else peer.send(method(1, 'exchange.bind', { source: `x${i}`, destination: `x${i - 1}` }));
        }
        await peer.until('exchange.declare-ok', LENGTH);
        await peer.close();
        return [await RawPeer.open(port)];
      },
    ],
    [
      'connections and channels that come and go, and leave without a word',
      48 * MIB,
      async ({ port }) => {
        for (let i = 0; i < 30; i++) {
          const declare = method(1, 'queue.declare', { exclusive: true });
          const open = () => RawPeer.open(port, declare, method(1, 'basic.consume'), publish(1, Buffer.alloc(30_000)));
          const peers = await Promise.all(Array.from({ length: 30 }, open));
          await Promise.all(peers.map((peer) => peer.close()));
        }
        return [];
      },
    ],
  ];
  for (const [what, limit, attack] of attacks) {
    test(what, (t) => withstand(attack, limit, (text) => t.diagnostic(text)));
  }
});

test('those who do not log in are dropped in time, and cost little until then', { skip: SKIP }, async (t) => {
  const COUNT = 500;
  await using broker = await BrokerProcess.start(['--handshake-timeout', '800']);
  const before = broker.residentOctets;
  const openings = ['', 'AMQP', 'AMQP\0\0\x09\x01', 'AMQP\0\0\x09\x01\x01\0\0\0\x01\xff\xff'];
  const sockets = Array.from({ length: COUNT }, (_, i) => {
    const socket = net.connect(broker.port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    socket.write(Buffer.from(openings[i % openings.length]!, 'latin1'));
    return socket;
  });
  await Promise.all(sockets.map((socket) => once(socket, 'close')));
  const each = (broker.peakOctets - before) / COUNT;
  t.diagnostic(`${(each / KIB).toFixed(1)} KiB each`);
  assert.ok(each < 64 * KIB);
});

test('a client that ends its side, but reads nothing more, is let go', { skip: SKIP }, async () => {
  await using broker = await BrokerProcess.start();
  const declare = method(1, 'queue.declare', { queue: 'q' });
  const lost = await RawPeer.open(broker.port, declare, method(1, 'basic.consume', { queue: 'q' }));
  await lost.until('basic.consume-ok');
  lost.socket.pause();
  const other = await RawPeer.open(broker.port);
  for (let i = 0; i < 20; i++) other.send(publish(1, Buffer.alloc(MIB), { routingKey: 'q', frameSize: 131_064 }));
  await other.roundTrip();
  lost.socket.end();
  other.send(method(1, 'basic.consume', { queue: 'q', noAck: true }));
  await other.untilTrue(() => other.bodyOctets === 20 * MIB, 'all messages, those of the lost client too');
  await Promise.all([lost.close(), other.close()]);
});
