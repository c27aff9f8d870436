import { createInterface } from 'node:readline';
import { CommandError } from './command-error.ts';
import type { Terminal } from './terminal.ts';

/** A password for somebody: asked for twice, or else the first line of standard input. @throws CommandError if it is empty */
export async function newPassword(terminal: Terminal, user: string): Promise<string> {
  const first = terminal.askSecret(`New password of ${user}: `);
  const password = first === undefined ? await firstLine(terminal) : await first;
  if (password === '') throw new CommandError('the password is empty: type one, or give one on standard input');
  if (first !== undefined && password !== (await terminal.askSecret('Once more: '))) {
    throw new CommandError('the two are not the same');
  }
  return password;
}

async function firstLine({ stdin }: Terminal): Promise<string> {
  try {
    for await (const line of createInterface({ input: stdin })) return line;
    return '';
  } finally {
    stdin.destroy(); // whoever holds it open is not waited for
  }
}
