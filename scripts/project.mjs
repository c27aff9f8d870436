// What the other scripts share. Plain Node without dependencies: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The project's directory. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** For Node, when it runs tests: an invariant that does not hold fails the test, whether or not that looks for it. */
export const FAIL_ON_VIOLATION = [
  '--import',
  pathToFileURL(join(root, 'build', 'test', 'support', 'fail-on-violation.js')).href,
];

/** Installs the dependencies if the lock file asks for others than there are. */
export function ensureInstalled() {
  if (isInstalled()) return;
  console.log('Installing dependencies (npm ci)...');
  // The compiler is a development dependency: it is needed even where NODE_ENV=production would leave those out.
  npm('ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error');
}

/** Builds the broker with its web UI if a source is newer than the last build; looking is much faster than asking the compiler. */
export function ensureBuilt() {
  // The compiler writes its own records for failed builds too, so they do not tell.
  const stamp = join(root, 'build/dist.built');
  const command = join(root, 'dist/bin/leveret.js');
  const page = join(root, 'dist/web/index.html');
  const web = ['.ts', '.tsx', '.css', '.html', '.svg'].flatMap((ending) => filesUnder('web', ending));
  const configuration = ['src/tsconfig.json', 'tsconfig.base.json', 'package.json', 'scripts/build-web.mjs'];
  const inputs = [...filesUnder('src', '.ts'), ...web, ...configuration];
  if (existsSync(command) && existsSync(page) && existsSync(stamp) && newestMs(inputs) < statSync(stamp).mtimeMs)
    return;
  console.log('Building (tsc --build)...');
  const began = new Date();
  compile('src');
  bundleWeb();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, '');
  utimesSync(stamp, began, began);
}

/** Compiles a part of the project, or with '.' all of it. Ends the process when that fails. */
export function compile(part) {
  run(process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '--build', part);
}

/** Bundles the web UI into dist/web/. Ends the process when that fails. */
export function bundleWeb() {
  run(process.execPath, join(root, 'scripts/build-web.mjs'));
}

/** Runs a command in the project's directory. Ends the process with its status when that is not 0. */
export function run(command, ...args) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  const line = [basename(command), ...args].join(' ').replaceAll(`${root}/`, '');
  console.error(`Failed (${error?.message ?? signal ?? `status ${status}`}): ${line}`);
  process.exit(status || 1);
}

/** Files below a directory of the project whose names end so, as paths from the project's directory, in order. */
export function filesUnder(directory, ending) {
  const path = join(root, directory);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(directory, name))
    .sort();
}

/** Those of the paths that hold one of the words; all of them when there are no words. */
export function matching(paths, words) {
  return words.length === 0 ? paths : paths.filter((path) => words.some((word) => path.includes(word)));
}

/** Whether everything the lock file asks for is there. What is optional may be for other machines. */
function isInstalled() {
  const installed = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const present = readPackages(installed);
  return Object.entries(readPackages(join(root, 'package-lock.json'))).every(
    ([path, { version, optional }]) => path === '' || optional || present[path]?.version === version,
  );
}

function readPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

function newestMs(paths) {
  return Math.max(...paths.map((path) => statSync(join(root, path)).mtimeMs));
}

/** Runs npm: the one that runs us, if one does. */
export function npm(...args) {
  const { npm_execpath: path } = process.env;
  if (path) run(process.execPath, path, ...args);
  else run('npm', ...args);
}
