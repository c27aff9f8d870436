import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startBroker } from 'leveret';
import { runExample, startExample } from '../support/example.ts';

// Each has a broker of its own, and waits for processes most of the time.
describe('examples with one queue', { concurrency: true }, () => {
  test('0-embedding: its tests pass', async () => {
    const lines = await runExample('unused', '0-embedding');
    assert.ok(
      lines.some((line) => /^. pass 2$/u.test(line)),
      lines.join('\n'),
    );
  });

  test('1-hello-world: a message waits for its receiver', async () => {
    await using broker = await startBroker({ port: 0 });
    assert.deepEqual(await runExample(broker.url, '1-hello-world/send'), ['Sent: Hello, world!']);
    await using receiver = startExample(broker.url, '1-hello-world/receive');
    await receiver.printsInAnyOrder('Waiting for messages. Stop with Ctrl-C.', 'Received: Hello, world!');
    assert.deepEqual(await runExample(broker.url, '1-hello-world/send', 'Grüße'), ['Sent: Grüße']);
    await receiver.prints('Received: Grüße');
    assert.deepEqual(await receiver.interrupt(), []);
  });

  test('2-work-queues: workers share tasks, and take over what one gives up', async () => {
    await using broker = await startBroker({ port: 0 });
    const addTask = (name: string, seconds: string) => runExample(broker.url, '2-work-queues/new-task', name, seconds);
    await using doomed = startExample(broker.url, '2-work-queues/worker');
    await doomed.prints('Waiting for tasks. Stop with Ctrl-C.');
    assert.deepEqual(await addTask('dig a tunnel', '1000'), ['New task: dig a tunnel, 1000 s']);
    await doomed.prints('Begun: dig a tunnel');

    await using other = startExample(broker.url, '2-work-queues/worker');
    await other.prints('Waiting for tasks. Stop with Ctrl-C.');
    await addTask('sweep', '0');
    await addTask('dust', '0.01');
    await other.prints('Begun: sweep', 'Done: sweep', 'Begun: dust', 'Done: dust');

    await doomed.crash();
    await other.prints('Begun: dig a tunnel (another worker gave it up)');
    assert.deepEqual(await other.interrupt(), []);
  });
});
