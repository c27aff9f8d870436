import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { Management } from '../support/management.ts';

describe('the first request, which the API is loaded for', () => {
  test('messages go on meanwhile, and all who have asked are answered', async () => {
    await using management = await Management.start();
    const channel = await (await management.connect()).createChannel();
    const { queue } = await channel.assertQueue('');
    let [delivered, isAnswered] = [0, false];
    const publish = () => channel.sendToQueue(queue, Buffer.from('x'));
    const publishNext = () => {
      delivered++;
      if (!isAnswered) publish();
    };
    await channel.consume(queue, publishNext, { noAck: true });
    publish();
    const answers = await Promise.all([
      ...['/overview', '/queues', '/no-such-thing'].map((path) => management.request('GET', path)),
      management.request('PUT', '/queues/%2F/q', { body: { durable: true } }),
    ]);
    isAnswered = true;
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 404, 201],
    );
    assert.ok(delivered > 10, `${delivered} messages`);
  });

  test('nothing is loaded that checks bodies otherwise than we do', () => {
    const files = Object.keys(createRequire(import.meta.url).cache);
    assert.ok(files.some((path) => path.endsWith('/fastify/fastify.js')));
    assert.deepEqual(
      files.filter((path) => path.includes('/node_modules/ajv/')),
      [],
    );
  });

  test('a broker that is told to stop meanwhile stops', async () => {
    const management = await Management.start();
    const answer = management.request('GET', '/overview').catch(() => undefined);
    await new Promise(setImmediate);
    await management[Symbol.asyncDispose]();
    await answer;
  });
});
