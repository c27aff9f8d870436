import { Command } from 'commander';
import { addAdd } from './commands/add.ts';
import { addCloseConnection } from './commands/close-connection.ts';
import { addCompletion } from './commands/completion.ts';
import { addConsume } from './commands/consume.ts';
import { addDefinitions } from './commands/definitions.ts';
import { addDelete } from './commands/delete.ts';
import { addGet } from './commands/get.ts';
import { addList } from './commands/list.ts';
import { addPublish } from './commands/publish.ts';
import { addQueueOperations } from './commands/queue-operations.ts';
import { addSet } from './commands/set.ts';
import { addStatus } from './commands/status.ts';
import { type GlobalFlags, Session } from './session.ts';
import type { Terminal } from './terminal.ts';

const NOTES = `
A flag decides before the environment: LEVERET_URL, LEVERET_USER, LEVERET_PASSWORD, LEVERET_CA, LEVERET_VHOST, and
LEVERET_AMQP_URL for publish and consume. Without any of it, that is guest at the broker on this machine.
`;

/** In the order of the help. */
const ADDITIONS = [
  addStatus,
  addList,
  addAdd,
  addDelete,
  addSet,
  addPublish,
  addConsume,
  addGet,
  addQueueOperations,
  addDefinitions,
  addCloseConnection,
  addCompletion,
];

/** All commands for a broker that runs. Nothing is done before it is given arguments. */
export function clientProgram(terminal: Terminal): Command {
  const program = new Command('leveret')
    .description('A fast AMQP 0-9-1 message broker. These commands are for one that runs.')
    .usage('[options] <command> [options]')
    .option('--url <URL>', 'where the broker is (http://127.0.0.1:15672)')
    .option('--user <NAME>', 'as whom (guest)')
    .option('--password <PASSWORD>', 'with which password; better: LEVERET_PASSWORD')
    .option('--ca <FILE>', 'whom to trust with https:// and amqps://: certificates in PEM')
    .option('--vhost <NAME>', 'in which virtual host (/)')
    .option('--json', 'for programs: JSON')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', NOTES);
  const session = () => new Session(program.opts<GlobalFlags>(), terminal);
  for (const add of ADDITIONS) add(program, session);
  return program;
}
