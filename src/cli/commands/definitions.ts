import { readFile, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { parseJson, stringifyJson } from '../../json/exact-json.ts';
import { apiPath, type Json, type JsonObject } from '../api-client.ts';
import { CLIENT_COMMANDS } from '../client-commands.ts';
import { CommandError } from '../command-error.ts';
import type { Session } from '../session.ts';

const STANDARD_STREAM = '-';
/** Definitions have password hashes. A file that is there keeps the mode that it has. */
const OWNER_ONLY_MODE = 0o600;

export function addDefinitions(program: Command, session: () => Session): void {
  program
    .command('export-definitions')
    .description(CLIENT_COMMANDS['export-definitions'])
    .argument('[FILE]', 'where to write them; without it, or with -, standard output')
    .addHelpText('after', '\nWith --vhost: those of one vhost.\n\nExample:\n  leveret export-definitions broker.json\n')
    .action((file: string | undefined) => exportTo(session(), file));
  program
    .command('import-definitions')
    .description(CLIENT_COMMANDS['import-definitions'])
    .argument('<FILE>', 'the file; - for standard input')
    .addHelpText('after', '\nWith --vhost: into one vhost.\n\nExample:\n  leveret import-definitions broker.json\n')
    .action((file: string) => importFrom(session(), file));
}

function definitionsPath({ givenVhost }: Session): string {
  return givenVhost === undefined ? apiPath('definitions') : apiPath('definitions', givenVhost);
}

async function exportTo(session: Session, file = STANDARD_STREAM): Promise<void> {
  const api = await session.api();
  const definitions = stringifyJson(await api.get<JsonObject>(definitionsPath(session)), 2);
  if (file === STANDARD_STREAM) {
    session.print(definitions);
    return;
  }
  await writeFile(file, `${definitions}\n`, { mode: OWNER_ONLY_MODE }).catch((error: Error) => {
    throw new CommandError(`${file} can't be written: ${error.message}`);
  });
  session.tell(`definitions are in ${file}`, { file });
}

async function importFrom(session: Session, file: string): Promise<void> {
  const content = await (file === STANDARD_STREAM ? text(session.terminal.stdin) : readFile(file, 'utf8')).catch(
    (error: Error) => {
      throw new CommandError(`${file} can't be read: ${error.message}`);
    },
  );
  const api = await session.api();
  await api.post(definitionsPath(session), parsed(content, file));
  session.tell('definitions are imported', { imported: true });
}

function parsed(content: string, file: string): Json {
  try {
    return parseJson(content) as Json;
  } catch (error) {
    throw new CommandError(`${file} is no JSON: ${(error as Error).message}`);
  }
}
