// Bundles the web UI into dist/web/, from where the management server serves it.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './project.mjs';

const target = join(root, 'dist/web');
/** Packages whose code is in the bundle: their licences go with it. */
const BUNDLED = ['preact', 'uplot'];

mkdirSync(target, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: { app: 'web/main.tsx', style: 'web/styles/app.css' },
  entryNames: '[name]',
  outdir: target,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
});
for (const name of ['index.html', 'favicon.svg']) copyFileSync(join(root, 'web', name), join(target, name));
writeFileSync(join(target, 'licences.txt'), BUNDLED.map(licenceOf).join('\n\n'));

function licenceOf(name) {
  const directory = join(root, 'node_modules', name);
  const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const path = ['LICENSE', 'LICENSE.md'].map((file) => join(directory, file)).find(existsSync);
  return `${name} ${version}\n\n${readFileSync(path, 'utf8')}`;
}
