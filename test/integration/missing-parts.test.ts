import assert from 'node:assert/strict';
import { rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import { inspectDataDirectory } from '#src/storage/inspection.js';
import { BrokerInside } from '../support/broker-inside.ts';
import { CapturedLog } from '../support/captured-log.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

const ACKS = join('messages', '0000000001.acks');
const SEGMENT = join('messages', '0000000001.log');
const IDENTITIES = 'identities.log';

/** A broker that was stopped, with a queue of which half is acknowledged, and an exchange that has seen messages. */
async function stopped(path: string): Promise<void> {
  await using broker = await BrokerInside.start({ dataDir: path });
  const client = await broker.login();
  const channel = await client.channel();
  await channel.call('confirm.select');
  await channel.call('queue.declare', { queue: 'q', durable: true });
  const seen = fieldTable({ 'x-message-deduplication': true, 'x-cache-size': 10 });
  await channel.call('exchange.declare', {
    exchange: 'once',
    type: 'x-message-deduplication',
    durable: true,
    arguments: seen,
  });
  await channel.call('queue.bind', { queue: 'q', exchange: 'once', routingKey: 'k' });
  for (let i = 0; i < 6; i++) {
    const headers = fieldTable({ 'x-deduplication-header': `${i}` });
    channel.publish('once', 'k', `m${i}`, { properties: { deliveryMode: 2, headers } });
    await channel.expect('basic.ack');
  }
  for (let i = 0; i < 3; i++) await channel.get('q');
  await client.abort();
}

/** What the log of a broker says that is started on the directory, of level error, and how many messages its queue has. */
async function started(path: string): Promise<{ messages: number; errors: { file?: string; reason?: string }[] }> {
  const log = new CapturedLog('info');
  await using broker = await BrokerInside.start({ dataDir: path }, log.logger);
  const channel = await (await broker.login()).channel();
  const { messageCount: messages } = await channel.call('queue.declare', { queue: 'q', passive: true });
  const lines = log.lines.map((line) => JSON.parse(line) as { level: number; file?: string; reason?: string });
  return { messages, errors: lines.filter(({ level }) => level >= 50) };
}

describe('after a stop, a file is missed', () => {
  let sizes: Record<string, number>;
  before(async () => {
    using data = new TemporaryDataDirectory();
    await stopped(data.path);
    sizes = Object.fromEntries([ACKS, IDENTITIES].map((file) => [file, statSync(join(data.path, file)).size]));
    assert.deepEqual((await started(data.path)).errors, []);
  });

  for (const file of [ACKS, IDENTITIES, SEGMENT]) {
    for (const [what, damage] of [
      ['missing', (path: string) => rmSync(path)],
      ['empty', (path: string) => truncateSync(path)],
      ['cut off', (path: string) => truncateSync(path, sizes[file]! / 2)],
    ] as const) {
      if (file === SEGMENT && what !== 'empty') continue; // without it a broker does not start; a cut is shown by its records
      test(`${file}, ${what}`, async () => {
        using data = new TemporaryDataDirectory();
        await stopped(data.path);
        damage(join(data.path, file));
        const inspected = inspectDataDirectory(data.path).damages.filter((each) => each.file === file);
        assert.match(inspected[0]?.reason ?? 'nothing', new RegExp(what));
        const { messages, errors } = await started(data.path);
        const told = errors.find((each) => each.file?.endsWith(file) && each.reason !== undefined);
        assert.match(told?.reason ?? 'nothing', new RegExp(what));
        assert.equal(messages, file === SEGMENT ? 0 : file === ACKS ? 6 : 3);
        assert.deepEqual((await started(data.path)).errors, [], 'told of once');
      });
    }
  }
});
