// npm run test:soak [-- WORD...]: the tests whose thoroughness is a matter of time, for longer than npm test gives them;
// with WORDs, those whose path holds one of them.
//
//   SOAK_ROUNDS=200      how often a broker is killed on each of its data directories
//   POWER_CUT_HISTORIES=10000   of brokers on a simulated disk whose power is cut
//   FUZZ_SECONDS=60      how long each fuzz test goes on
//   SOAK_MINUTES=30      how long one broker serves mixed traffic, with a ledger
//   CRASH_SEED, FUZZ_SEED, CRASH_ARGS   as a failed test has printed them, to see the like again
//
// SOAK is set for them: then `extent` of src/extent.test.helper.ts gives them more rounds and messages.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, ensureInstalled, FAIL_ON_VIOLATION, filesUnder, matching, root, run } from './project.mjs';

const EXTENT = /\b(extent|SOAK_ROUNDS|SOAK_MINUTES|FUZZ_MS|FUZZ_SECONDS|FuzzBudget|fuzz)\b/;

process.env.SOAK_ROUNDS ??= '200';
process.env.FUZZ_SECONDS ??= '60';
process.env.SOAK = 'yes';

ensureInstalled();
compile('.');
const sources = ['src', 'test'].flatMap((directory) => filesUnder(directory, '.test.ts')).filter(isThorough);
const tests = matching(sources, process.argv.slice(2)).map(compiled);
if (tests.length === 0) throw new Error('no test has such a path');
// One by one: two that compete for the processor would each see less.
run(
  process.execPath,
  '--enable-source-maps',
  '--test',
  ...FAIL_ON_VIOLATION,
  '--test-reporter=spec',
  '--test-concurrency=1',
  ...tests,
);

/** Whether the test goes further when it is given more time. */
function isThorough(path) {
  return EXTENT.test(readFileSync(join(root, path), 'utf8'));
}

function compiled(path) {
  const output = path.startsWith('src') ? path.replace(/^src/, 'dist') : join('build', path);
  return join(root, output.replace(/\.ts$/, '.js'));
}
