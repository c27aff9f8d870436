// npm run bench [-- WORD...]: runs the micro-benchmarks, or those whose path holds one of the words, one by one.
import { compile, ensureInstalled, filesUnder, matching, run } from './project.mjs';

ensureInstalled();
compile('bench');
const benches = filesUnder('bench', '.bench.ts').map((path) =>
  path.replace(/^bench/, 'build/bench').replace(/ts$/, 'js'),
);
for (const path of matching(benches, process.argv.slice(2))) run(process.execPath, path);
