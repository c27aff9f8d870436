import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBroker } from 'leveret';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { WireClient } from '../support/wire-client.ts';

const MIB = 1024 * 1024;
/** More than a segment: the first one is read from the disk, and not appended to. */
const COUNT = 12;

function overwrite(path: string, offset: number, text: string): void {
  const file = openSync(path, 'r+');
  writeSync(file, text, offset);
  closeSync(file);
}

test('a message that changes on disk while the broker runs is set aside before it is sent, and the others come', async () => {
  using data = new TemporaryDataDirectory();
  const options = { port: 0, dataDir: data.path };
  {
    await using broker = await startBroker(options);
    const client = await WireClient.open(broker.url);
    const channel = await client.channel();
    await channel.call('confirm.select');
    await channel.call('queue.declare', { queue: 'q', durable: true });
    for (let i = 0; i < COUNT; i++) {
      channel.publish('', 'q', Buffer.alloc(2 * MIB, i), { properties: { deliveryMode: 2 } });
      await channel.expect('basic.ack');
    }
    await client.abort();
  }
  await using broker = await startBroker(options);
  const client = await WireClient.open(broker.url);
  const channel = await client.channel();
  overwrite(join(data.path, 'messages', '0000000001.log'), 3 * MIB, 'not what was written');
  await channel.call('basic.consume', { queue: 'q', noAck: true });
  for (const expected of Array.from({ length: COUNT }, (_, i) => i).filter((i) => i !== 1)) {
    const { body } = await channel.expect('basic.deliver');
    assert.ok(body.equals(Buffer.alloc(2 * MIB, expected)), `message ${expected} came as ${body[0]}`);
  }
  await client.abort();
  assert.deepEqual(
    readdirSync(join(data.path, 'quarantine')).map((name) => name.replace(/\d+$/, 'OFFSET')),
    ['0000000001.log-OFFSET'],
  );
});
