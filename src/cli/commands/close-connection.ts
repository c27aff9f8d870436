import type { Command } from 'commander';
import { apiPath } from '../api-client.ts';
import { CLIENT_COMMANDS } from '../client-commands.ts';
import { withNamed } from '../missing-object.ts';
import type { Session } from '../session.ts';
import { visible } from '../visible-text.ts';

interface CloseFlags {
  readonly reason?: string;
  readonly ofUser?: true;
}

export function addCloseConnection(program: Command, session: () => Session): void {
  program
    .command('close-connection')
    .description(CLIENT_COMMANDS['close-connection'])
    .argument('<NAME>', "its name, as in 'leveret list connections'")
    .option('--of-user', 'NAME is a user, whose connections are all closed')
    .option('--reason <TEXT>', 'what the client is told')
    .addHelpText(
      'after',
      `
Examples:
  leveret close-connection '127.0.0.1:53412 -> 127.0.0.1:5672' --reason maintenance
  leveret close-connection shop --of-user
`,
    )
    .action((name: string, flags: CloseFlags) => close(session(), name, flags));
}

async function close(session: Session, name: string, { reason, ofUser }: CloseFlags): Promise<void> {
  const path = ofUser ? apiPath('connections', 'username', name) : apiPath('connections', name);
  const headers: Record<string, string> = reason === undefined ? {} : { 'x-reason': reason };
  await withNamed(session, ofUser ? 'user' : 'connection', name, (api) => api.delete(path, headers));
  session.tell(ofUser ? `connections of user '${visible(name)}' are closed` : `'${visible(name)}' is closed`, {
    closed: true,
  });
}
