import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'amqplib';
import { RunningCommand } from './command.ts';

const HUMAN = { LEVERET_LOG_FORMAT: 'human' };
const ANY_PORT = ['--port', '0'];

test('the banner says where it listens and that nothing is kept', async () => {
  await using command = new RunningCommand([...ANY_PORT, '--management-port', '0'], { env: HUMAN });
  const [banner] = await command.printed(/^[\s\S]*Ctrl-C stops it\n/);
  assert.match(banner, /Leveret \d+\.\d+\.\d+\n/);
  assert.match(banner, /AMQP {2}amqp:\/\/guest:guest@127\.0\.0\.1:\d+\n/);
  assert.match(banner, /HTTP {2}http:\/\/127\.0\.0\.1:\d+\n/);
  assert.match(banner, /Data {2}\/.*, (mapped into memory|read and written as plain files)\n/);
  assert.match(banner, new RegExp(`pid ${command.process.pid}, started in \\d+ ms`));
});

test('the start is in the log of the management API, whoever reads the output', async () => {
  for (const env of [HUMAN, {}]) {
    await using command = new RunningCommand([...ANY_PORT, '--management-port', '0'], { env });
    const [, url] = await command.printed(/(http:\/\/127\.0\.0\.1:\d+)/);
    const answer = await fetch(`${url}/api/logs`, { headers: { authorization: `Basic ${btoa('guest:guest')}` } });
    const { lines } = (await answer.json()) as { lines: { message: string; fields: { managementUrl?: string } }[] };
    const started = lines.filter(({ message }) => message === 'listening').map(({ fields }) => fields.managementUrl);
    assert.deepEqual(started, [url]);
  }
});

test('where no person reads, the same is said in JSON', async () => {
  await using command = new RunningCommand(ANY_PORT);
  const [line] = await command.printed(/^.*"listening".*$/m);
  const { url, pid } = JSON.parse(line) as { url: string; pid: number };
  assert.match(url, /^amqp:\/\/guest:guest@127\.0\.0\.1:\d+$/);
  assert.equal(pid, command.process.pid);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} tells clients, and ends the command with status 0`, async () => {
    await using command = new RunningCommand(ANY_PORT, { env: HUMAN });
    const client = await connect(`amqp://127.0.0.1:${await command.listening()}`);
    const closed = once(client, 'close');
    await command.printed(/Ctrl-C/);
    command.process.kill(signal);
    const [reason] = (await closed) as [Error & { readonly code?: number }];
    assert.equal(reason.code, 320);
    const { status, stdout, stderr } = await command.ended();
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`stopping signal=${signal}\\n[^]*stopped\\n$`));
    assert.equal(stderr, '');
  });
}

test('SIGHUP is noted, and changes nothing', async () => {
  await using command = new RunningCommand(ANY_PORT);
  const port = await command.listening();
  command.process.kill('SIGHUP');
  await command.printed(/hang-up ignored/);
  await (await connect(`amqp://127.0.0.1:${port}`)).close();
  command.process.kill('SIGTERM');
  assert.equal((await command.ended()).status, 0);
});

test('a reader of the output that goes away neither ends the command nor keeps it from ending', async () => {
  await using command = new RunningCommand([...ANY_PORT, '--log-level', 'trace']);
  const port = await command.listening();
  command.process.stdout!.destroy();
  const client = await connect(`amqp://127.0.0.1:${port}`);
  await client.close();
  command.process.kill('SIGTERM');
  const [status] = await once(command.process, 'exit');
  assert.equal(status, 0);
});

test('an error nobody handles is logged with its stack, and ends the command with status 1', async () => {
  const bug = "process.once('SIGUSR2', () => { throw new Error('planted bug'); });";
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bug)}` };
  await using command = new RunningCommand(ANY_PORT, { env });
  await command.listening();
  command.process.kill('SIGUSR2');
  const { status, stdout } = await command.ended();
  assert.equal(status, 1);
  const fatal = JSON.parse(stdout.trim().split('\n').at(-1)!) as { level: number; err: { stack: string } };
  assert.equal(fatal.level, 60);
  assert.match(fatal.err.stack, /^Error: planted bug\n +at /);
});

test('the same goes for a promise nobody handles; a silent log leaves it to standard error', async () => {
  const bug = "process.once('SIGUSR2', () => { Promise.reject(new Error('planted bug')); });";
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bug)}`, ...HUMAN };
  await using command = new RunningCommand([...ANY_PORT, '--log-level', 'silent'], { env });
  await command.printed(/Ctrl-C/);
  command.process.kill('SIGUSR2');
  const { status, stderr } = await command.ended();
  assert.equal(status, 1);
  assert.match(stderr, /^leveret: Error: planted bug\n +at /);
});
