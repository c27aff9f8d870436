import assert from 'node:assert/strict';
import { statfs } from 'node:fs/promises';
import { test } from 'node:test';
import { startBroker } from 'leveret';
import { Inbox } from '../support/clients/inbox.ts';
import { LIBRARIES } from '../support/clients/libraries.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

/** Its connections can be closed while they are blocked: others wait for an answer, and the broker does not read. */
const library = LIBRARIES[0]!;

test('with less disk free than must be, publishers wait and consumers go on', async () => {
  using data = new TemporaryDataDirectory();
  const { blocks, bsize } = await statfs(data.path);
  await using broker = await startBroker({ port: 0, dataDir: data.path, diskFreeLimit: 2 * blocks * bsize });
  await using publishing = await library.connect(broker.url);
  await using consuming = await library.connect(broker.url);
  const blocked = new Promise<string>((resolve) => publishing.onBlocked(resolve));
  consuming.onBlocked(() => assert.fail('who only consumes is not told'));
  const channel = await publishing.confirmChannel();
  await channel.declareQueue('work');
  // The message that a publisher learns it by is not refused.
  const published = channel.publish('', 'work', Buffer.from('one more'));
  assert.equal(await blocked, 'low on disk');
  await published;
  const consumer = await consuming.channel();
  const inbox = await Inbox.open(consumer, 'work');
  const { tag, body } = await inbox.next();
  assert.equal(body.toString(), 'one more');
  consumer.ack(tag);
});
