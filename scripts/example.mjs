// npm run example -- NAME [ARGUMENT...]: runs an example in this process; without a name, lists them.
// The broker is the one at AMQP_URL, or else the one that npm start starts.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile, ensureInstalled, filesUnder, root } from './project.mjs';

const [name, ...args] = process.argv.slice(2);
const names = filesUnder('examples', '.ts').map((path) => path.slice('examples/'.length, -'.ts'.length));

if (names.includes(name)) await runExample();
else listExamples();

async function runExample() {
  ensureInstalled();
  compile('examples');
  const path = join(root, 'build/examples', `${name}.js`);
  process.argv = [process.execPath, path, ...args];
  try {
    await import(pathToFileURL(path).href);
  } catch (error) {
    if (error.code !== 'ECONNREFUSED') throw error;
    console.error(`There is no broker at ${error.address}:${error.port}. Start one with: npm start`);
    process.exitCode = 1;
  }
}

function listExamples() {
  if (name !== undefined) console.error(`There is no example ${name}.`);
  console.error(`Usage: npm run example -- NAME [ARGUMENT...], where NAME is one of\n  ${names.join('\n  ')}`);
  process.exitCode = 2;
}
