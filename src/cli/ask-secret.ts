import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandError } from './command-error.ts';

/** Reads a line that is not shown while it is typed. @throws CommandError if there is none: Ctrl-C, Ctrl-D */
export async function askSecret(
  question: string,
  input: NodeJS.ReadStream,
  output: NodeJS.WritableStream,
): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true });
  output.write(question);
  const given = new AbortController();
  lines.on('close', () => given.abort());
  try {
    return await lines.question('', { signal: given.signal });
  } catch {
    throw new CommandError('no password was given');
  } finally {
    lines.close();
    output.write('\n');
  }
}
