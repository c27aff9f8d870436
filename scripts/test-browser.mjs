// The web UI in a real browser, Debian's Chromium: npm run test:browser [-- NAME...], only files with one of the names.
import { installMissing, PackageError } from './debian.mjs';
import { compile, ensureBuilt, ensureInstalled, filesUnder, run } from './project.mjs';

const PACKAGES = new Map([['/usr/bin/chromium', 'chromium']]);

try {
  installMissing(PACKAGES);
} catch (error) {
  if (!(error instanceof PackageError)) throw error;
  console.error(`test:browser: ${error.message}`);
  process.exit(1);
}
ensureInstalled();
ensureBuilt();
compile('test');
const names = process.argv.slice(2);
const files = filesUnder('test/browser', '.test.ts')
  .filter((path) => names.length === 0 || names.some((name) => path.includes(name)))
  .map((path) => `build/${path.replace(/ts$/, 'js')}`);
run(process.execPath, '--enable-source-maps', '--test', '--test-reporter=spec', ...files);
