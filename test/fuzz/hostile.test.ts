import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { PROTOCOL_HEADER, REPLY_CODES } from '#src/protocol/constants.js';
import { FrameReader } from '#src/protocol/frame-reader.js';
import { decodeArguments } from '#src/protocol/method-codec.js';
import { type MethodArguments, type MethodName, methodName } from '#src/protocol/methods.js';
import { decodeProperties } from '#src/protocol/properties.js';
import { Random } from '../support/random.ts';
import { WireClient } from '../support/wire-client.ts';
import { FuzzBudget, fuzzSeed } from './fuzz-run.ts';
import { ATTACKS } from './hostile-octets.ts';
import { ObservedServer } from './observed-server.ts';

const AT_A_TIME = 8;
/** After the client has ended its side, the server must end its own; generous, for slow machines. */
const CLOSE_LIMIT_MS = 15_000;

const server = await ObservedServer.start();
after(() => server.close());

type Reply = MethodArguments<'connection.close'>;
const PROPER_REPLIES = new Set<number>(Object.values(REPLY_CODES));
PROPER_REPLIES.delete(REPLY_CODES.INTERNAL_ERROR);

/** Routing keys come back as they were sent, and need not be UTF-8, which the decoder insists on. */
const PASSES_ON_KEYS = new Set<MethodName>(['basic.deliver', 'basic.return', 'basic.get-ok']);

/** Reads what a server says, which must be right whatever it was told. */
class Judge {
  private readonly reader = new FrameReader(
    {
      onMethodFrame: (_channel, octets, start, end) => this.judge(octets, start, end),
      onHeaderFrame: (_channel, octets, start, end) => void decodeProperties(octets, start, end),
      onBodyOctets: () => undefined,
      onHeartbeatFrame: () => undefined,
    },
    131_072,
  );
  private isBegun = false;
  private objection: unknown;

  read(chunk: Buffer): void {
    if (!this.isBegun && chunk.equals(PROTOCOL_HEADER)) return;
    this.isBegun = true;
    try {
      this.reader.read(chunk, 0, chunk.length);
    } catch (error) {
      this.objection ??= error;
    }
  }

  /** @throws what was wrong, if anything was */
  pronounce(): void {
    if (this.objection !== undefined) throw this.objection;
  }

  private judge(octets: Buffer, start: number, end: number): void {
    const name = methodName(octets.readInt32BE(start));
    assert.ok(name !== undefined, 'an unknown method');
    if (PASSES_ON_KEYS.has(name)) return;
    const { replyCode, replyText } = decodeArguments(name, octets, start + 4, end) as Partial<Reply>;
    if (replyCode === undefined) return;
    assert.ok(PROPER_REPLIES.has(replyCode), `${replyCode} ${replyText}`);
  }
}

/** Sends the octets in random chunks, in one of the ways in which clients come to their end. */
async function attack(octets: Buffer, random: Random): Promise<void> {
  const judge = new Judge();
  const socket = net.connect(server.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  if (random.chance(8)) socket.pause();
  else socket.on('data', (chunk) => judge.read(chunk));
  const chunkSize = random.pick([1 + random.below(20), 1 + random.below(2000), octets.length + 1]);
  for (let at = 0; at < octets.length && !socket.destroyed; at += chunkSize) {
    socket.write(octets.subarray(at, at + chunkSize));
    if (random.chance(3)) await turn();
  }
  if (random.chance(4)) socket.destroy();
  else socket.end();
  socket.resume();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('the server keeps the connection open')), CLOSE_LIMIT_MS);
  });
  await Promise.race([closed, late]);
  clearTimeout(timer);
  judge.pronounce();
}

test('whatever octets come, the broker goes on, answers properly and keeps nothing', async (t) => {
  const seed = fuzzSeed(t);
  const random = new Random(seed);
  const names = Object.keys(ATTACKS);
  const budget = new FuzzBudget(names.length);
  let count = 0;
  const attackOnAndOn = async () => {
    while (budget.allowsMoreThan(count)) {
      const name = names[count++ % names.length]!;
      const own = new Random(random.below(2 ** 31));
      await attack(ATTACKS[name]!(own), own).catch((error) => {
        throw new Error(`FUZZ_SEED=${seed}, ${name}: ${error.stack}`);
      });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, attackOnAndOn));
  t.diagnostic(`${count} connections`);
  await server.assertClean();
});

test('afterwards a client is served as ever', async () => {
  const client = await WireClient.open(server.url);
  const channel = await client.channel();
  const { queue } = await channel.call('queue.declare', { exclusive: true });
  await channel.call('confirm.select');
  channel.publish('', queue, 'as ever');
  await channel.expect('basic.ack');
  await channel.expectMessage(queue, 'as ever');
  await client.close();
  await server.assertClean();
});
