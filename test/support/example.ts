import { fileURLToPath } from 'node:url';
import { Program } from './program.ts';

/** The compiled examples, seen from this file's compiled form. */
const EXAMPLES = new URL('../../examples/', import.meta.url);

/** Starts an example as `npm run example -- NAME ARGUMENTS...` does. */
export function startExample(url: string, name: string, ...args: readonly string[]): Program {
  return new Program(fileURLToPath(new URL(`${name}.js`, EXAMPLES)), args, { AMQP_URL: url });
}

/** Runs an example that ends of itself; resolves to what it printed. */
export async function runExample(url: string, name: string, ...args: readonly string[]): Promise<string[]> {
  await using example = startExample(url, name, ...args);
  return await example.rest();
}
