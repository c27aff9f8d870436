import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { createLogger, SILENT_LOGGER } from './log.ts';

/** Logs in a process of its own, and gives what that wrote. */
function output(format: string, statements: string): string {
  const module = new URL('./log.js', import.meta.url).href;
  const program = `const { createLogger } = await import('${module}');
    const log = await createLogger('info', '${format}'); ${statements}`;
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  assert.equal(status, 0);
  return stdout;
}

test('silence loads and writes nothing', async () => {
  const log = await createLogger('silent');
  assert.equal(log, SILENT_LOGGER);
  assert.equal(log.child({ connection: 1 }), SILENT_LOGGER);
  assert.equal(log.isLevelEnabled('fatal'), false);
  log.fatal({ err: new Error('x') }, 'nobody hears this');
});

test('what is no terminal gets JSON, one object a line', () => {
  const lines = output('auto', "log.info({ port: 5672 }, 'listening'); log.debug('unheard'); log.warn('careful');");
  const events = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    events.map(({ level, msg, port }) => ({ level, msg, port })),
    [
      { level: 30, msg: 'listening', port: 5672 },
      { level: 40, msg: 'careful', port: undefined },
    ],
  );
});

test('people get readable lines, children add their fields', () => {
  const line = output('human', "log.child({ connection: 7 }).info({ user: 'guest' }, 'logged in');");
  assert.match(line, /^\d\d:\d\d:\d\d INFO {2}logged in connection=7 user=guest\n$/);
});

test('nothing is lost when the process exits at once', () => {
  const lines = output('json', "for (let i = 0; i < 100; i++) log.info('line'); process.exit(0);");
  assert.equal(lines.split('\n').length, 101);
});
