// npm test [-- WORD...]: types, lint, then all tests, or those whose path holds one of the words. See test-processes.mjs, too.
import { spawn } from 'node:child_process';
import { availableParallelism, constants } from 'node:os';
import { join } from 'node:path';
import { bundleWeb, compile, ensureInstalled, FAIL_ON_VIOLATION, filesUnder, matching, root, run } from './project.mjs';
import { inProcesses } from './test-processes.mjs';

/** A test that hangs must not hold up whoever waits for the result. */
const LIMIT_MS = 480_000;

/** These need more than Node and npm: `npm run test:ecosystem`, `npm run test:browser`. */
const NEED_MORE = ['ecosystem', 'browser'].map((name) => join('test', name));

/** One more than Node would run at a time: most of what a test does is wait for its broker. */
const CONCURRENCY = availableParallelism();

/** Source maps of all that each process loads would take a seventh of the time, and only failed tests have use for them. */
const IN_THE_SOURCES =
  'Stack traces are in what was compiled; in the sources: node --enable-source-maps build/test/… (or dist/…).test.js';

const beganMs = performance.now();

ensureInstalled();
console.log('Types: tsc --build');
compile('.');
bundleWeb();
console.log('Lint: biome check');
run(process.execPath, join(root, 'node_modules/@biomejs/biome/bin/biome'), 'check', '.');
const tests = matching(testFiles(), process.argv.slice(2));
console.log(`Tests: ${tests.length} files`);
process.exitCode = tests.length === 0 ? 1 : await runTests(inProcesses(tests, compiled));

/** They are listed by name, since Node 20 takes no patterns; and by their sources, since the compiler leaves the output of deleted ones. */
function testFiles() {
  return ['src', 'test', 'web']
    .flatMap((directory) => filesUnder(directory, '.test.ts'))
    .filter((path) => NEED_MORE.every((directory) => !path.startsWith(directory)));
}

function compiled(path) {
  const source = path.replace(/\.ts$/, '.js');
  return path.startsWith('src') ? source.replace(/^src/, 'dist') : join('build', source);
}

/** Resolves to the exit status. The tests are a process group, so that none is left when they are stopped. */
function runTests(paths) {
  const args = ['--test', ...FAIL_ON_VIOLATION, '--test-reporter=spec', `--test-concurrency=${CONCURRENCY}`, ...paths];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const stop = () => process.kill(-child.pid, 'SIGKILL');
  const timer = setTimeout(
    () => {
      console.error(`Failed: the tests took longer than ${LIMIT_MS / 1000} s`);
      stop();
    },
    LIMIT_MS - (performance.now() - beganMs),
  );
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      stop();
      process.exit(128 + constants.signals[signal]);
    });
  }
  return new Promise((resolve) => {
    child.on('exit', (status) => {
      clearTimeout(timer);
      if (status !== 0) console.error(IN_THE_SOURCES);
      resolve(status ?? 1);
    });
  });
}
