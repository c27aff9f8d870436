import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brokerUrl } from '../support/broker.ts';

/** Programs in other languages that do with a broker what their users do, check what comes back, and say that they are content. */
const PROGRAMS: readonly (readonly [name: string, command: string, directory: string, file: string])[] = [
  ['celery', '/usr/bin/python3', 'celery', 'main.py'],
  ['kombu', '/usr/bin/python3', '.', 'kombu_client.py'],
  ['bunny', '/usr/bin/ruby', '.', 'bunny_client.rb'],
  ['php-amqplib', '/usr/bin/php', '.', 'php_client.php'],
];
const SOURCES = fileURLToPath(new URL('../../../test/ecosystem/programs/', import.meta.url));
const TIMEOUT_MS = 120_000;

for (const [name, command, directory, file] of PROGRAMS) {
  test(name, { timeout: TIMEOUT_MS }, async () => {
    const env = { ...process.env, AMQP_URL: brokerUrl, PYTHONDONTWRITEBYTECODE: '1' };
    const child = spawn(command, [file], { cwd: `${SOURCES}/${directory}`, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    const status = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
    assert.equal(status, 0, output);
    assert.match(output, new RegExp(`^${name} is content$`, 'm'));
  });
}
