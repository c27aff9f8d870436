import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect } from 'amqplib';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { leveret, RunningCommand } from './command.ts';

/** What a program makes use of in `--json`. */
interface Report {
  readonly lockedByPid?: number;
  readonly queues: readonly { readonly vhost: string; readonly name: string; readonly messages: number }[];
  readonly damages: readonly { readonly file: string; readonly offset: number; readonly reason: string }[];
}

const SEGMENT = join('messages', '0000000001.log');

async function publish(url: string): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue('orders');
  await channel.assertQueue('empty');
  for (let i = 0; i < 5; i++) channel.sendToQueue('orders', Buffer.from(`order ${i}`), { persistent: true });
  await channel.waitForConfirms();
  const first = await channel.get('orders');
  assert.ok(first !== false);
  channel.ack(first);
  await channel.close();
  await connection.close();
}

describe('leveret inspect, on what a broker has written', () => {
  let data: TemporaryDataDirectory;

  before(async () => {
    data = new TemporaryDataDirectory();
    await using command = new RunningCommand(['--port', '0'], { env: { LEVERET_DATA_DIR: data.path } });
    await publish(`amqp://127.0.0.1:${await command.listening()}`);
    const { status, stdout } = await leveret(['inspect', '--json', data.path]);
    assert.equal(status, 0, stdout);
    assert.equal((JSON.parse(stdout) as Report).lockedByPid, command.process.pid);
    command.process.kill('SIGTERM');
    assert.equal((await command.ended()).status, 0);
  });

  after(() => data[Symbol.dispose]());

  test('a person gets tables', async () => {
    const { status, stdout, stderr } = await leveret(['inspect', data.path]);
    assert.deepEqual([status, stderr], [0, '']);
    const text = stdout.replaceAll(/ +/g, ' ');
    assert.ok(text.startsWith(`${data.path}: data directory of format 1, no broker runs on it\n`));
    assert.match(text, /\nsegment kind size used records live dead first message last message\n 1 log /);
    assert.match(text, /\n \d \/ empty 0 0 B\n \d \/ orders 4 28 B\n/);
    assert.match(text, /\nMessages 4, \d+ B\n/);
    assert.ok(text.endsWith('\nNo damage was found.\n'));
  });

  test('a program gets JSON', async () => {
    const { status, stdout } = await leveret(['inspect', data.path, '--json']);
    assert.equal(status, 0);
    const { queues, damages, lockedByPid } = JSON.parse(stdout) as Report;
    assert.deepEqual(
      queues.map(({ vhost, name, messages }) => ({ vhost, name, messages })),
      [
        { vhost: '/', name: 'empty', messages: 0 },
        { vhost: '/', name: 'orders', messages: 4 },
      ],
    );
    assert.deepEqual([damages, lockedByPid], [[], undefined]);
  });

  test('damage is shown with its place, and makes the status 1', async () => {
    const path = join(data.path, SEGMENT);
    const sound = readFileSync(path);
    const damaged = Buffer.from(sound);
    damaged[damaged.indexOf('order 2')]! ^= 1;
    writeFileSync(path, damaged);
    const { status, stdout } = await leveret(['inspect', data.path]);
    writeFileSync(path, sound);
    assert.equal(status, 1);
    assert.match(stdout, /\nmessages\/0000000001\.log +\d+ +\d+ {2}no valid record\n/);
    assert.ok(stdout.endsWith('\nOne part is damaged.\n'));
  });
});

test('leveret inspect --help explains itself, and the command’s help mentions it', async () => {
  const { status, stdout } = await leveret(['inspect', '--help']);
  assert.equal(status, 0);
  assert.match(stdout, /^Usage: leveret inspect \[options\] <DIR>\n/);
  assert.match((await leveret(['--help'])).stdout, /\n {2}inspect \[options\] <DIR>/);
});

test('what is no data directory makes the status 2, with one line that says so', async () => {
  using empty = new TemporaryDataDirectory();
  for (const args of [[], [empty.path], [join(empty.path, 'nowhere')], [empty.path, '--port', '1']]) {
    const { status, stdout, stderr } = await leveret(['inspect', ...args]);
    assert.deepEqual([status, stdout], [2, ''], stderr);
    assert.match(stderr, /^leveret: [^\n]+\n$/);
  }
});
