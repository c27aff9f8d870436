import assert from 'node:assert/strict';
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBroker } from 'leveret';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { WireClient } from '../support/wire-client.ts';

const SKIP = process.platform === 'win32' ? 'no such modes' : false;
const MIB = 1024 * 1024;

function entriesOf(path: string): string[] {
  return [path, ...readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name))];
}

function modeOf(path: string): string {
  const stats = statSync(path);
  return `${stats.isDirectory() ? 'directory' : 'file'} ${(stats.mode & 0o777).toString(8)}`;
}

function assertOwnerOnly(path: string): void {
  const modes = new Set(entriesOf(path).map(modeOf));
  assert.deepEqual([...modes].sort(), ['directory 700', 'file 600']);
}

/** Has the broker make files of every kind that it makes without a fault. */
async function leaveMessages(url: string): Promise<void> {
  const client = await WireClient.open(url);
  const channel = await client.channel();
  await channel.call('confirm.select');
  await channel.call('queue.declare', { queue: 'q', durable: true });
  for (const body of ['small', Buffer.alloc(5 * MIB)]) {
    channel.publish('', 'q', body, { properties: { deliveryMode: 2 } });
    await channel.expect('basic.ack');
  }
  await channel.get('q');
  await client.abort();
}

test('a data directory and what is in it are for its owner only', { skip: SKIP }, async () => {
  using data = new TemporaryDataDirectory();
  const dataDir = join(data.path, 'new', 'one');
  await using broker = await startBroker({ port: 0, dataDir });
  await leaveMessages(broker.url);
  assert.ok(entriesOf(dataDir).some((name) => name.endsWith('.body')));
  assertOwnerOnly(join(data.path, 'new'));
});

test('one that others could read is tightened at the start', { skip: SKIP }, async () => {
  using data = new TemporaryDataDirectory();
  const options = { port: 0, dataDir: data.path };
  const first = await startBroker(options);
  await leaveMessages(first.url);
  await first.close();
  for (const path of entriesOf(data.path)) chmodSync(path, statSync(path).isDirectory() ? 0o755 : 0o664);
  await using _second = await startBroker(options);
  assertOwnerOnly(data.path);
});
