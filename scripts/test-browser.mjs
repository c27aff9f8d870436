// The web UI in a real browser, Debian's Chromium: npm run test:browser.
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
const files = filesUnder('test/browser', '.test.ts').map((path) => `build/${path.replace(/ts$/, 'js')}`);
run(process.execPath, '--enable-source-maps', '--test', '--test-reporter=spec', ...files);
