import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

const module = new URL('./line-output.js', import.meta.url).href;

/** Runs statements that have `output`, a LineOutput on standard output, in a process of their own. */
function run(statements: string) {
  const program = `const { LineOutput } = await import('${module}'); const output = new LineOutput(1); ${statements}`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
}

test('lines come out whole and in order, also more than a pipe takes at once', { timeout: 10_000 }, async () => {
  const child = run("for (let i = 0; i < 50_000; i++) output.write('line ' + i + '\\n');");
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const [status] = await once(child, 'close');
  assert.equal(status, 0);
  assert.equal(text, Array.from({ length: 50_000 }, (_, i) => `line ${i}\n`).join(''));
});

test('a reader that has gone ends neither the process nor keeps it from exiting', { timeout: 10_000 }, async () => {
  const child = run(`
    process.stdin.once('data', () => {
      output.write('into the void\\n');
      setImmediate(() => {
        output.write('into the void\\n');
        process.exit(7);
      });
    });
    output.write('ready\\n');`);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  child.stdin.write('go');
  const [status] = await once(child, 'close');
  assert.equal(status, 7);
});
