import assert from 'node:assert/strict';
import { statfs } from 'node:fs/promises';
import { test } from 'node:test';
import { startBroker } from 'leveret';
import { LIBRARIES } from '../support/clients/libraries.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

/** Its connections can be closed while they are blocked: others wait for an answer, and the broker does not read. */
const library = LIBRARIES[0]!;

test('with less disk free than must be, no publisher gets a message in, and consumers go on', async () => {
  using data = new TemporaryDataDirectory();
  const { blocks, bsize } = await statfs(data.path);
  await using broker = await startBroker({ port: 0, dataDir: data.path, diskFreeLimit: 2 * blocks * bsize });
  await using consuming = await library.connect(broker.url);
  consuming.onBlocked(() => assert.fail('who only consumes is not told'));
  const consumer = await consuming.channel();
  await consumer.declareQueue('work');
  const late = async () => {
    const connection = await library.connect(broker.url); // its first message is none too many either
    const blocked = new Promise<string>((resolve) => connection.onBlocked(resolve));
    const channel = await connection.confirmChannel();
    channel.publish('', 'work', Buffer.from('one more')).then(
      () => assert.fail('it is confirmed'),
      () => undefined, // the connection is closed
    );
    return { connection, reason: await blocked };
  };
  const publishers = await Promise.all(Array.from({ length: 20 }, late));
  for (const { reason } of publishers) assert.equal(reason, 'low on disk');
  assert.equal((await consumer.declareQueue('work', { passive: true })).messageCount, 0);
  for (const { connection } of publishers) await connection.close();
});
