import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { CLIENT_COMMANDS } from '#src/cli/client-commands.js';
import { Management } from '../support/management.ts';
import { client } from './client.ts';
import { shell } from './shell.ts';

let management: Management;
before(async () => {
  management = await Management.start();
  for (const name of ['orders', 'orders:new', "o'clock"]) {
    await management.request('PUT', `/queues/%2F/${encodeURIComponent(name)}`, { body: {} });
  }
});
after(() => management[Symbol.asyncDispose]());

/** What could come after the words, or in the place of the last one. */
async function candidates(...words: string[]): Promise<string[]> {
  const { status, stdout } = await client(management.broker, ['__complete', '--', ...words]);
  assert.equal(status, 0);
  return stdout.split('\n').slice(0, -1);
}

test('commands, and what comes after them', async () => {
  assert.deepEqual(await candidates(''), [...Object.keys(CLIENT_COMMANDS), 'inspect', 'start'].sort());
  assert.deepEqual(await candidates('re'), ['replay', 'resume']);
  assert.deepEqual(await candidates('add', ''), ['binding', 'exchange', 'queue', 'user', 'vhost']);
  assert.deepEqual(await candidates('list', 'user'), ['user-limits', 'users']);
  assert.deepEqual(await candidates('completion', ''), ['bash', 'fish', 'zsh']);
  assert.deepEqual(await candidates('set', 'tracing', 'o'), ['off', 'on']);
  assert.deepEqual(await candidates('set', 'tags', 'guest', 'monitoring', 'p'), ['policymaker']);
});

test('options, those of all commands too, and values of some', async () => {
  assert.deepEqual(await candidates('add', 'queue', 'x', '--a'), ['--argument', '--auto-delete']);
  assert.deepEqual(await candidates('get', '--u'), ['--url', '--user']);
  assert.deepEqual(await candidates('replay', 'q', '--to', ''), ['exchange', 'queue']);
  assert.deepEqual(await candidates('--vhost', ''), ['/', 'other']);
  assert.deepEqual(await candidates('get', '--count', ''), []);
});

test('names that there are, of the broker that is meant', async () => {
  assert.deepEqual(await candidates('get', 'ord'), ['orders', 'orders:new']);
  assert.deepEqual(await candidates('move', 'orders', 'orders:'), ['orders:new']);
  assert.deepEqual(await candidates('delete', 'vhost', ''), ['/', 'other']);
  assert.deepEqual(await candidates('set', 'permissions', 'g'), ['guest']);
  assert.deepEqual(await candidates('add', 'binding', 'amq.t', ''), await candidates('get', ''));
  assert.deepEqual(await candidates('add', 'queue', ''), [], 'new names are for people to think of');
  assert.deepEqual(await candidates('--vhost', 'other', 'get', ''), []);
  assert.deepEqual(await candidates('--url', 'http://127.0.0.1:1', 'get', ''), []);
  assert.deepEqual(await candidates('--password', 'wrong', 'get', ''), []);
});

test('the script for bash is sound, and completes', async () => {
  const { stdout: script } = await client(management.broker, ['completion', 'bash']);
  const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
  const complete = (line: string) => `COMP_LINE='${line}' COMP_POINT=${line.length}; _leveret; echo "\${COMPREPLY[@]}"`;
  const lines = ['leveret li', 'leveret get ord', 'leveret get orders:', 'leveret get o', 'leveret get nope'];
  const { stdout } = await shell(
    management.broker,
    ['source <(leveret completion bash)', 'complete -p leveret', ...lines.map(complete)].join('\n'),
  );
  assert.deepEqual(stdout.split('\n'), [
    'complete -o default -F _leveret leveret',
    'list',
    'orders orders:new',
    'new',
    "o\\'clock orders orders:new",
    '',
    '',
  ]);
});

for (const name of ['zsh', 'fish']) {
  const isThere = spawnSync(name, ['-c', 'true']).status === 0;
  test(`the script for ${name} is sound`, { skip: !isThere && `there is no ${name}` }, async () => {
    const { stdout: script } = await client(management.broker, ['completion', name]);
    const { status, stderr } = spawnSync(name, ['-n'], { input: script, encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
  });
}
