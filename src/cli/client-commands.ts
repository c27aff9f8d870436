/** What can be done with a broker that runs, and in a few words what each is for. This file is loaded by every command. */
export const CLIENT_COMMANDS = {
  status: 'what the broker is, and how it is',
  list: 'queues, exchanges, bindings, connections, users and so on',
  add: 'a vhost, user, queue, exchange or binding',
  delete: 'one of these, a policy, a limit or permissions',
  set: 'permissions, policies, limits, passwords and so on',
  publish: 'send messages, one a line, from standard input',
  consume: 'print messages as they come, and acknowledge them',
  get: 'look at the first messages of a queue, or take them',
  purge: 'drop all messages that wait in a queue',
  pause: 'have a queue give out no messages for now',
  resume: 'let a paused queue go on',
  move: 'bring messages from one queue to another',
  replay: 'bring dead letters back to where they came from',
  'export-definitions': 'print everything but messages as JSON',
  'import-definitions': 'bring in what was exported, or a file of RabbitMQ',
  'close-connection': 'end a connection of a client',
  completion: 'print a script that completes commands in a shell',
} as const;

/** Options that say which broker is meant and as whom; they may come before the command, and take a value. */
const ADDRESS_FLAGS: readonly string[] = ['--url', '--user', '--password', '--vhost'];

/** What shells ask for words that could come next; for nobody to type, and in no list. */
export const COMPLETE_COMMAND = '__complete';

/** Whether the arguments are for a broker that runs already. */
export function isForClient(args: readonly string[]): boolean {
  const [first] = args;
  if (first === undefined) return false;
  if (Object.hasOwn(CLIENT_COMMANDS, first) || first === COMPLETE_COMMAND) return true;
  return first === '--json' || ADDRESS_FLAGS.includes(first.split('=', 1)[0]!);
}
