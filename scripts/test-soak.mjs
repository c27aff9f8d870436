// npm run test:soak [-- WORD...]: the tests whose thoroughness is a matter of time, for longer than npm test gives them;
// with WORDs, those whose path holds one of them.
//
//   SOAK_ROUNDS=200      how often a broker is killed on each of its data directories
//   FUZZ_SECONDS=60      how long each fuzz test goes on
//   CRASH_SEED, FUZZ_SEED, CRASH_ARGS   as a failed test has printed them, to see the like again
import { join } from 'node:path';
import { compile, ensureInstalled, filesUnder, matching, root, run } from './project.mjs';

process.env.SOAK_ROUNDS ??= '200';
process.env.FUZZ_SECONDS ??= '60';

ensureInstalled();
compile('.');
const sources = ['test/crash', 'test/storage', 'test/fuzz'].flatMap((directory) => filesUnder(directory, '.test.ts'));
const tests = matching(sources, process.argv.slice(2)).map((path) => join(root, 'build', path.replace(/\.ts$/, '.js')));
if (tests.length === 0) throw new Error('no test has such a path');
// One by one: two that compete for the processor would each see less.
run(process.execPath, '--enable-source-maps', '--test', '--test-reporter=spec', '--test-concurrency=1', ...tests);
