import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startBroker } from 'leveret';
import { runExample, startExample } from '../support/example.ts';

// Each has a broker of its own, and waits for processes most of the time.
describe('examples that wait for answers', { concurrency: true }, () => {
  test('6-rpc: answers find back to their calls', async () => {
    await using broker = await startBroker({ port: 0 });
    await using client = startExample(broker.url, '6-rpc/client', '360', '97', '1001');
    await using server = startExample(broker.url, '6-rpc/server');
    await client.printsInAnyOrder('360 = 2 2 2 3 3 5', '97 = 97', '1001 = 7 11 13');
    assert.deepEqual(await client.rest(), []);
    await server.printsInAnyOrder(
      'Waiting for requests. Stop with Ctrl-C.',
      'Answered: 360 = 2 2 2 3 3 5',
      'Answered: 97 = 97',
      'Answered: 1001 = 7 11 13',
    );

    await using other = startExample(broker.url, '6-rpc/server');
    await other.prints('Waiting for requests. Stop with Ctrl-C.');
    const answers = await runExample(broker.url, '6-rpc/client', '4', '6', '8', '9');
    assert.deepEqual(answers.sort(), ['4 = 2 2', '6 = 2 3', '8 = 2 2 2', '9 = 3 3']);
    const answered = [...(await server.interrupt()), ...(await other.interrupt())];
    assert.equal(answered.length, 4);
  });

  test('7-publisher-confirms: everything is confirmed', async () => {
    await using broker = await startBroker({ port: 0 });
    const publish = (how: string, count: string) => runExample(broker.url, `7-publisher-confirms/${how}`, count);
    const [each] = await publish('individually', '200');
    assert.match(each!, /^Published 200 messages, each confirmed before the next, in \d+ ms$/);
    const [batches] = await publish('in-batches', '350');
    assert.match(batches!, /^Published 350 messages, confirmed 100 at a time, in \d+ ms$/);
    const [asTheyCome] = await publish('asynchronously', '20000');
    assert.match(asTheyCome!, /^Published 20000 messages: 20000 confirmed, 0 refused, in \d+ ms$/);
  });
});
