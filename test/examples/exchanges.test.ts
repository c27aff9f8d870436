import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startBroker } from 'leveret';
import { runExample, startExample } from '../support/example.ts';

// Each has a broker of its own, and waits for processes most of the time.
describe('examples with exchanges', { concurrency: true }, () => {
  test('3-publish-subscribe: everybody who listens gets everything', async () => {
    await using broker = await startBroker({ port: 0 });
    const emit = (text: string) => runExample(broker.url, '3-publish-subscribe/emit-log', text);
    assert.deepEqual(await emit('nobody listens'), ['Emitted: nobody listens']);

    await using one = startExample(broker.url, '3-publish-subscribe/receive-logs');
    await using other = startExample(broker.url, '3-publish-subscribe/receive-logs');
    for (const receiver of [one, other]) await receiver.prints('Waiting for logs. Stop with Ctrl-C.');
    await emit('first');
    await emit('second');
    for (const receiver of [one, other]) await receiver.prints('Received: first', 'Received: second');
    for (const receiver of [one, other]) assert.deepEqual(await receiver.interrupt(), []);
  });

  test('4-routing: everybody gets the severities they ask for', async () => {
    await using broker = await startBroker({ port: 0 });
    const emit = (...args: string[]) => runExample(broker.url, '4-routing/emit-log', ...args);
    await using all = startExample(broker.url, '4-routing/receive-logs');
    await using worst = startExample(broker.url, '4-routing/receive-logs', 'error', 'fatal');
    await all.prints('Waiting for logs: info, warning, error. Stop with Ctrl-C.');
    await worst.prints('Waiting for logs: error, fatal. Stop with Ctrl-C.');

    assert.deepEqual(await emit(), ['Emitted info: something happened']);
    await emit('error', 'too hot');
    await emit('fatal', 'on fire');
    await emit('warning', 'warm');
    await all.prints('Received info: something happened', 'Received error: too hot', 'Received warning: warm');
    await worst.prints('Received error: too hot', 'Received fatal: on fire');
    for (const receiver of [all, worst]) assert.deepEqual(await receiver.interrupt(), []);
  });

  test('5-topics: everybody gets what matches their patterns, once', async () => {
    await using broker = await startBroker({ port: 0 });
    const emit = (...args: string[]) => runExample(broker.url, '5-topics/emit-log', ...args);
    await using all = startExample(broker.url, '5-topics/receive-logs');
    await using some = startExample(broker.url, '5-topics/receive-logs', 'billing.#', '*.*.error');
    await all.prints('Waiting for logs: #. Stop with Ctrl-C.');
    await some.prints('Waiting for logs: billing.#, *.*.error. Stop with Ctrl-C.');

    assert.deepEqual(await emit('billing'), ['Emitted billing: something happened']);
    await emit('billing.invoice.error', 'no paper');
    await emit('shop.error', 'two words are not three');
    await emit('shop.cart.error', 'a wheel is off');
    await all.prints(
      'Received billing: something happened',
      'Received billing.invoice.error: no paper',
      'Received shop.error: two words are not three',
      'Received shop.cart.error: a wheel is off',
    );
    await some.prints(
      'Received billing: something happened',
      'Received billing.invoice.error: no paper',
      'Received shop.cart.error: a wheel is off',
    );
    for (const receiver of [all, some]) assert.deepEqual(await receiver.interrupt(), []);
  });
});
