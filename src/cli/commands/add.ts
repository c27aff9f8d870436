import type { Command } from 'commander';
import { apiPath, type Json, type JsonObject } from '../api-client.ts';
import { CLIENT_COMMANDS } from '../client-commands.ts';
import { gatherKeyValue } from '../key-values.ts';
import { withNamed } from '../missing-object.ts';
import { newPassword } from '../new-password.ts';
import type { Session } from '../session.ts';
import { add as addThing, named } from './change.ts';

type Table = Record<string, Json>;

interface VhostFlags {
  readonly description?: string;
  readonly tags?: string;
  readonly defaultQueueType?: string;
}

interface QueueFlags {
  readonly type?: string;
  readonly durable?: boolean;
  readonly autoDelete?: boolean;
  readonly argument?: Table;
}

interface ExchangeFlags extends QueueFlags {
  readonly internal?: boolean;
}

interface BindingFlags {
  readonly key: string;
  readonly toExchange?: true;
  readonly argument?: Table;
}

interface UserFlags {
  readonly tags: string;
  readonly passwordHash?: string;
  /** False: `--no-login`. */
  readonly login: boolean;
}

const ARGUMENTS = ['--argument <KEY=VALUE>', 'an argument; as often as there are some'] as const;

export function addAdd(program: Command, session: () => Session): void {
  const add = program.command('add').description(`Add ${CLIENT_COMMANDS.add}.`);
  addVhost(add, session);
  addUser(add, session);
  addQueue(add, session);
  addExchange(add, session);
  addBinding(add, session);
}

function addVhost(add: Command, session: () => Session): void {
  add
    .command('vhost')
    .description('a virtual host, or a description of one')
    .argument('<NAME>', 'its name')
    .option('--description <TEXT>', 'what it is for')
    .option('--tags <TAG,...>', 'tags, for people')
    .option('--default-queue-type <TYPE>', 'what queues are that do not say it: classic or quorum')
    .addHelpText('after', "\nExample:\n  leveret add vhost orders --description 'the shop'\n")
    .action((name: string, flags: VhostFlags) => {
      const { description, tags, defaultQueueType } = flags;
      const body: JsonObject = { description, tags, default_queue_type: defaultQueueType };
      return addThing(session(), named('vhost', name), (api) => api.put(apiPath('vhosts', name), body));
    });
}

function addUser(add: Command, session: () => Session): void {
  add
    .command('user')
    .description('a user; the password is asked for, or the first line of standard input')
    .argument('<NAME>', 'the name to log in with')
    .option('--tags <TAG,...>', 'administrator, monitoring, policymaker, management', '')
    .option('--password-hash <HASH>', "a password's hash in base64, as definitions have it")
    .option('--no-login', 'no password: nobody can log in with one')
    .addHelpText(
      'after',
      `
A user who is there gets this password and these tags. Users may do nothing before 'leveret set permissions'.

Examples:
  leveret add user shop
  pass show shop | leveret add user shop --tags monitoring
`,
    )
    .action(async (name: string, { tags, passwordHash, login }: UserFlags) => {
      const at = session();
      const isAsked = login && passwordHash === undefined;
      const password = isAsked ? await newPassword(at.terminal, name) : undefined;
      const body = { tags, password, password_hash: passwordHash ?? (isAsked ? undefined : '') };
      return addThing(at, named('user', name), (api) => api.put(apiPath('users', name), body));
    });
}

function addQueue(add: Command, session: () => Session): void {
  add
    .command('queue')
    .description('a queue')
    .argument('<NAME>', 'its name')
    .option('--durable', 'it survives a restart')
    .option('--auto-delete', 'it goes when its last consumer does')
    .option('--type <TYPE>', 'classic or quorum; the default is that of the vhost')
    .option(...ARGUMENTS, gatherKeyValue)
    .addHelpText(
      'after',
      '\nExample:\n  leveret add queue orders --durable --argument x-max-length=1000 --argument x-overflow=reject-publish\n',
    )
    .action((name: string, { type, durable = false, autoDelete = false, argument = {} }: QueueFlags) => {
      const at = session();
      const body = {
        durable,
        auto_delete: autoDelete,
        arguments: { ...argument, ...(type !== undefined && { 'x-queue-type': type }) },
      };
      return addThing(at, named('queue', name), () =>
        withNamed(at, 'queue', name, (api) => api.put(apiPath('queues', at.vhost, name), body)),
      );
    });
}

function addExchange(add: Command, session: () => Session): void {
  add
    .command('exchange')
    .description('an exchange')
    .argument('<NAME>', 'its name')
    .option('--type <TYPE>', 'direct, fanout, topic, headers, x-delayed-message...', 'direct')
    .option('--durable', 'it survives a restart')
    .option('--auto-delete', 'it goes when its last binding does')
    .option('--internal', 'clients may not publish to it, only exchanges')
    .option(...ARGUMENTS, gatherKeyValue)
    .addHelpText('after', '\nExample:\n  leveret add exchange events --type topic --durable\n')
    .action((name: string, flags: ExchangeFlags) => {
      const at = session();
      const { type = 'direct', durable = false, autoDelete = false, internal = false, argument = {} } = flags;
      const body = { type, durable, auto_delete: autoDelete, internal, arguments: argument };
      return addThing(at, named('exchange', name), () =>
        withNamed(at, 'exchange', name, (api) => api.put(apiPath('exchanges', at.vhost, name), body)),
      );
    });
}

function addBinding(add: Command, session: () => Session): void {
  add
    .command('binding')
    .description('a binding of a queue, or of an exchange, to an exchange')
    .argument('<EXCHANGE>', 'where messages come from')
    .argument('<QUEUE>', 'where they go to')
    .option('--key <KEY>', 'the routing key, or the pattern', '')
    .option('--to-exchange', 'QUEUE is an exchange')
    .option(...ARGUMENTS, gatherKeyValue)
    .addHelpText('after', "\nExample:\n  leveret add binding events orders --key 'order.*'\n")
    .action(async (source: string, destination: string, { key, toExchange, argument = {} }: BindingFlags) => {
      const at = session();
      const path = bindingsPath(at.vhost, source, destination, toExchange === true);
      const body = { routing_key: key, arguments: argument };
      const kind = toExchange === true ? 'exchange' : 'queue';
      await withNamed(at, kind, destination, (api) => api.post(path, body));
      at.tell(`${kind} '${destination}' is bound to exchange '${source}'`, { bound: true });
    });
}

/** Where the bindings between the two are. */
export function bindingsPath(vhost: string, source: string, destination: string, toExchange: boolean): string {
  return apiPath('bindings', vhost, 'e', exchangeInPath(source), toExchange ? 'e' : 'q', destination);
}

/** The default exchange has no name, and the API one for it. */
function exchangeInPath(name: string): string {
  return name === '' ? 'amq.default' : name;
}
