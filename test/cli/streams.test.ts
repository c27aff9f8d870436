import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { runClient } from '#src/cli/run-client.js';
import { Management } from '../support/management.ts';
import { type ClientOptions, client, environmentOf } from './client.ts';
import type { Result } from './command.ts';
import { shell } from './shell.ts';

let management: Management;
before(async () => {
  management = await Management.start();
});
after(() => management[Symbol.asyncDispose]());

function run(args: readonly string[], options?: ClientOptions): Promise<Result> {
  return client(management.broker, args, options);
}

async function add(...names: string[]): Promise<void> {
  for (const name of names) await management.request('PUT', `/queues/%2F/${name}`, { body: {} });
}

/** How many messages wait in the queue, and how many are with consumers. */
async function counts(queue: string): Promise<[ready: number, unacknowledged: number]> {
  const view = await management.get<{ messages_ready: number; messages_unacknowledged: number }>(
    `/queues/%2F/${queue}`,
  );
  return [view.messages_ready, view.messages_unacknowledged];
}

describe('through real pipes', () => {
  test('ten thousand lines go in, and come out in order', async () => {
    await add('pipe');
    const published = await shell(management.broker, "seq 10000 | leveret publish '' pipe --json");
    assert.deepEqual(JSON.parse(published.stdout), { published: 10_000, refused: 0, unrouted: 0 }, published.stderr);
    const script = 'leveret consume pipe --count 10000 | cmp - <(seq 10000) && echo same';
    assert.equal((await shell(management.broker, script)).stdout, 'same\n');
    assert.deepEqual(await counts('pipe'), [0, 0]);
  });

  test('a reader that goes away ends consume quietly, and what was not written stays', async () => {
    await add('head');
    await run(['publish', '', 'head', '--body', 'x'.repeat(1000), '--count', '2000']);
    const { status, stdout, stderr } = await shell(management.broker, 'leveret consume head | head -n 1 | wc -c');
    assert.deepEqual([status, stdout.trim(), stderr], [0, '1001', '']);
    const [ready, unacknowledged] = await counts('head');
    assert.ok(ready > 1000 && ready < 2000, String(ready));
    assert.equal(unacknowledged, 0);
  });

  test('Ctrl-C ends consume well, with everything written and acknowledged', async () => {
    await add('interrupted');
    await run(['publish', '', 'interrupted', '--body', 'x', '--count', '10']);
    const consume = `exec 3< <(exec $LEVERET consume interrupted); pid=$!`;
    const read = 'for i in {1..10}; do read -r line <&3; done; kill -INT $pid; wait $pid; echo "$line $?"; cat <&3';
    const { stdout } = await shell(management.broker, `${consume}\n${read}`);
    assert.equal(stdout, 'x 0\n');
    assert.deepEqual(await counts('interrupted'), [0, 0]);
  });

  test('standard output may be closed before a list is printed', async () => {
    const { status, stderr } = await shell(management.broker, 'leveret list exchanges | true');
    assert.deepEqual([status, stderr], [0, '']);
  });
});

describe('publish', () => {
  test('tells what did not arrive', async () => {
    const nowhere = await run(['publish', '', 'nowhere'], { stdin: 'a\nb\n' });
    assert.equal(nowhere.status, 1);
    assert.equal(nowhere.stderr, 'leveret: 2 messages did not reach any queue; see --no-mandatory\n');
    assert.equal((await run(['publish', '', 'nowhere', '--no-mandatory', '--body', 'x'])).status, 0);
    const limit = { arguments: { 'x-max-length': 2, 'x-overflow': 'reject-publish' } };
    await management.request('PUT', '/queues/%2F/full', { body: limit });
    const full = await run(['publish', '', 'full', '--json'], { stdin: 'a\nb\nc\nd' });
    assert.deepEqual([full.status, JSON.parse(full.stdout)], [1, { published: 4, refused: 2, unrouted: 0 }]);
    assert.match(full.stderr, /2 messages refused by a queue/);
  });

  test('takes lines, empty ones too, and no more than it is told to', async () => {
    await add('lines');
    await run(['publish', '', 'lines', '--count', '3'], { stdin: 'a\n\nc\nd\n' });
    const { stdout } = await run(['consume', 'lines', '--count', '3']);
    assert.equal(stdout, 'a\n\nc\n');
    assert.deepEqual(await counts('lines'), [0, 0]);
  });

  test('takes all of standard input as one message, larger than a frame', async () => {
    await add('whole');
    const stdin = 'line\n'.repeat(100_000);
    await run(['publish', '', 'whole', '--whole'], { stdin });
    const { stdout } = await run(['consume', 'whole', '--count', '1']);
    assert.equal(stdout, `${stdin}\n`);
  });

  test('says what is wrong with a property, or an exchange', async () => {
    const property = await run(['publish', '', 'q', '--body', 'x', '--property', 'content_typ=x']);
    assert.match(property.stderr, /there is no property 'content_typ' \(did you mean content_type\?\)/);
    const number = await run(['publish', '', 'q', '--body', 'x', '--property', 'priority=high']);
    assert.match(number.stderr, /property priority should be a number/);
    const exchange = await run(['publish', 'nope', 'q', '--body', 'x']);
    assert.deepEqual([exchange.status, exchange.stderr], [1, "leveret: no exchange 'nope' in vhost '/'\n"]);
    assert.match((await run(['publish', '', 'q', '--body', 'x', '--whole'])).stderr, /exclude each other/);
  });

  test('an interruption publishes what was read', async () => {
    await add('begun');
    const interruption = new AbortController();
    const stdin = new PassThrough();
    const output = new PassThrough().resume();
    const ended = runClient(['publish', '', 'begun'], {
      stdin,
      stdout: output,
      stderr: output,
      env: environmentOf(management.broker),
      widthCells: undefined,
      isColored: false,
      interruption: () => interruption.signal,
      askSecret: () => undefined,
    });
    stdin.write('one\ntwo\nthr');
    while ((await counts('begun'))[0] < 2);
    interruption.abort();
    assert.equal(await ended, 130);
    assert.deepEqual(await counts('begun'), [2, 0]);
  });
});

describe('consume', () => {
  test('tells everything about a message in JSON', async () => {
    await add('json');
    const options = ['--header', 'a=1', '--property', 'correlation-id=7', '--persistent'];
    await run(['publish', '', 'json', '--body', 'häre', ...options]);
    const { stdout } = await run(['consume', 'json', '--count', '1', '--json']);
    assert.deepEqual(JSON.parse(stdout), {
      exchange: '',
      routing_key: 'json',
      redelivered: false,
      properties: { correlation_id: '7', delivery_mode: 2, headers: { a: 1 } },
      payload: 'häre',
      payload_encoding: 'string',
    });
  });

  test('touches no more messages than it is told to take', async () => {
    await add('counted');
    await run(['publish', '', 'counted', '--body', 'x', '--count', '50']);
    const { stdout } = await run(['consume', 'counted', '--count', '20', '--prefetch', '7']);
    assert.equal(stdout, 'x\n'.repeat(20));
    const messages = await management.request('POST', '/queues/%2F/counted/browse', { body: { count: 50 } });
    const redelivered = (messages.json as { redelivered: boolean }[]).map((message) => message.redelivered);
    assert.deepEqual(redelivered, new Array(30).fill(false));
  });

  test('reads no more than its output takes', async () => {
    await add('slow');
    await run(['publish', '', 'slow', '--body', 'x'.repeat(64 * 1024), '--count', '200']);
    let writtenOctets = 0;
    let goOn = () => {};
    const stuck = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const stdout = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        writtenOctets += chunk.length;
        void stuck.then(() => done());
      },
    });
    const stderr = new PassThrough();
    const ended = runClient(['consume', 'slow', '--count', '200'], {
      stdin: new PassThrough(),
      stdout,
      stderr,
      env: environmentOf(management.broker),
      widthCells: undefined,
      isColored: false,
      interruption: () => new AbortController().signal,
      askSecret: () => undefined,
    });
    while ((await counts('slow'))[1] === 0);
    for (let rounds = 0; rounds < 5; rounds++) await counts('slow');
    assert.ok(stdout.writableLength < 4 * 1024 * 1024, `${stdout.writableLength} octets wait to be written`);
    goOn();
    assert.equal(await ended, 0);
    assert.equal(writtenOctets, 200 * (64 * 1024 + 1));
    assert.deepEqual(await counts('slow'), [0, 0]);
  });

  test('says when its queue is not there, goes away, or belongs to somebody else', async () => {
    const missing = await run(['consume', 'nope']);
    assert.deepEqual([missing.status, missing.stderr], [1, "leveret: no queue 'nope' in vhost '/'\n"]);
    await add('short-lived');
    const ended = run(['consume', 'short-lived', '--exclusive']);
    const consumers = async () => (await management.get<{ consumers: number }>('/queues/%2F/short-lived')).consumers;
    while ((await consumers()) === 0);
    assert.match((await run(['consume', 'short-lived'])).stderr, /in exclusive use/);
    await management.request('DELETE', '/queues/%2F/short-lived');
    const { status, stderr } = await ended;
    assert.deepEqual([status, stderr], [1, "leveret: queue 'short-lived' is gone\n"]);
  });

  test('says which broker does not let it in', async () => {
    const refused = await run(['consume', 'q', '--password', 'x']);
    assert.match(refused.stderr, /does not let user guest in with this password/);
    assert.match((await run(['consume', 'q', '--vhost', 'none'])).stderr, /vhost none not found/);
    assert.match((await run(['consume', 'q', '--url', 'amqp://127.0.0.1:1'])).stderr, /^leveret: no broker at amqp:/);
    assert.match((await run(['consume', 'q', '--url', 'http://127.0.0.1:1'])).stderr, /this command speaks AMQP/);
    const http = management.broker.managementUrl!.replace('http', 'amqp');
    assert.match((await run(['consume', 'q', '--url', http])).stderr, /does not speak AMQP 0-9-1/);
  });
});
