import { Argument, type Command, Option } from 'commander';
import { apiPath, type Json, type JsonObject } from '../api-client.ts';
import { CLIENT_COMMANDS } from '../client-commands.ts';
import { gatherKeyValue, jsonOrText } from '../key-values.ts';
import { withNamed } from '../missing-object.ts';
import { newPassword } from '../new-password.ts';
import type { Session } from '../session.ts';
import { named, set as setThing } from './change.ts';

interface Patterns {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

interface PolicyFlags {
  readonly definition: Record<string, Json>;
  readonly priority: string;
  readonly applyTo: string;
}

interface User extends JsonObject {
  readonly password_hash: string;
  readonly hashing_algorithm: string;
  readonly tags: readonly string[];
}

const NOTHING_SAID = 'a regular expression; without it, nothing';

export function addSet(program: Command, session: () => Session): void {
  const set = program.command('set').description(`Set ${CLIENT_COMMANDS.set}.`);
  addPermissions(set, session);
  addTopicPermissions(set, session);
  addPolicy(set, session, 'policy', 'policies', 'what holds for');
  addPolicy(set, session, 'operator-policy', 'operator-policies', 'limits, whatever policies say, for');
  addAccounts(set, session);
  addLimits(set, session);
  addParameters(set, session);
  addTracing(set, session);
  addResourceLimits(set, session);
}

function addPermissions(set: Command, session: () => Session): void {
  set
    .command('permissions')
    .description('what a user may do in the vhost')
    .argument('<USER>', 'whose')
    .option('--configure <PATTERN>', `names to declare and delete: ${NOTHING_SAID}`, '')
    .option('--write <PATTERN>', `names to publish to: ${NOTHING_SAID}`, '')
    .option('--read <PATTERN>', `names to consume from: ${NOTHING_SAID}`, '')
    .addHelpText(
      'after',
      "\nExample:\n  leveret set permissions shop --configure '' --write '^orders' --read '.*' --vhost /\n",
    )
    .action((user: string, { configure, write, read }: Patterns) => {
      const at = session();
      const path = apiPath('permissions', at.vhost, user);
      return setThing(at, `permissions of ${named('user', user)} in ${named('vhost', at.vhost)} are`, () =>
        withNamed(at, 'user', user, (api) => api.put(path, { configure, write, read })),
      );
    });
}

function addTopicPermissions(set: Command, session: () => Session): void {
  set
    .command('topic-permissions')
    .description('which routing keys a user may use with an exchange')
    .argument('<USER>', 'whose')
    .argument('<EXCHANGE>', 'a topic exchange')
    .option('--write <PATTERN>', `keys to publish with: ${NOTHING_SAID}`, '')
    .option('--read <PATTERN>', `keys to bind with: ${NOTHING_SAID}`, '')
    .addHelpText('after', "\nExample:\n  leveret set topic-permissions shop events --write '^shop\\.' --read '.*'\n")
    .action((user: string, exchange: string, { write, read }: Patterns) => {
      const at = session();
      const path = apiPath('topic-permissions', at.vhost, user);
      const body = { exchange, write, read };
      return setThing(
        at,
        `permissions of ${named('user', user)} for topics of ${named('exchange', exchange)} are`,
        () => withNamed(at, 'user', user, (api) => api.put(path, body)),
      );
    });
}

function addPolicy(set: Command, session: () => Session, name: string, list: string, summary: string): void {
  const kind = name.replaceAll('-', ' ');
  set
    .command(name)
    .description(`${summary} all queues or exchanges with names like this`)
    .argument('<NAME>', "the policy's name")
    .argument('<PATTERN>', 'a regular expression on names')
    .addOption(
      new Option('--definition <KEY=VALUE>', 'what holds; as often as there is something')
        .argParser(gatherKeyValue)
        .makeOptionMandatory(),
    )
    .option('--priority <NUMBER>', 'the highest one decides', '0')
    .option('--apply-to <THINGS>', 'queues, classic_queues, quorum_queues, exchanges or all', 'queues')
    .addHelpText(
      'after',
      `\nExample:\n  leveret set ${name} short '^tmp\\.' --definition max-length=1000 --definition message-ttl=60000\n`,
    )
    .action((policy: string, pattern: string, { definition, priority, applyTo }: PolicyFlags) => {
      const at = session();
      const body = { pattern, definition, priority: jsonOrText(priority), 'apply-to': applyTo };
      return setThing(at, `${named(kind, policy)} is`, (api) => api.put(apiPath(list, at.vhost, policy), body));
    });
}

function addAccounts(set: Command, session: () => Session): void {
  const change = (name: string, things: 'password' | 'tags', of: (at: Session, user: User) => Promise<JsonObject>) => {
    const at = session();
    return setThing(at, `${things} of ${named('user', name)} ${things === 'tags' ? 'are' : 'is'}`, () =>
      withNamed(at, 'user', name, async (api) => {
        const user = await api.get<User>(apiPath('users', name));
        return api.put(apiPath('users', name), await of(at, user));
      }),
    );
  };
  set
    .command('password')
    .description("a user's password, which is asked for, or the first line of standard input")
    .argument('<USER>', 'whose')
    .addHelpText('after', '\nExample:\n  leveret set password shop\n')
    .action((name: string) =>
      change(name, 'password', async ({ terminal }, { tags }) => ({
        tags,
        password: await newPassword(terminal, name),
      })),
    );
  set
    .command('tags')
    .description('what a user may do with the broker as a whole')
    .argument('<USER>', 'whose')
    .argument('[TAG...]', 'administrator, monitoring, policymaker, management; without any, none')
    .addHelpText('after', '\nExample:\n  leveret set tags shop monitoring policymaker\n')
    .action((name: string, tags: readonly string[]) =>
      change(name, 'tags', async (_, { password_hash, hashing_algorithm }) => ({
        tags,
        password_hash,
        hashing_algorithm,
      })),
    );
}

function addLimits(set: Command, session: () => Session): void {
  set
    .command('vhost-limit')
    .description('how much the vhost may have')
    .argument('<LIMIT>', 'max-connections or max-queues')
    .argument('<NUMBER>', 'how many; -1 for no limit')
    .addHelpText('after', '\nExample:\n  leveret set vhost-limit max-queues 100 --vhost orders\n')
    .action((limit: string, number: string) => {
      const at = session();
      const path = apiPath('vhost-limits', at.vhost, limit);
      return setThing(at, `${limit} of ${named('vhost', at.vhost)} is`, (api) =>
        api.put(path, { value: jsonOrText(number) }),
      );
    });
  set
    .command('user-limit')
    .description('how much a user may have')
    .argument('<USER>', 'whose')
    .argument('<LIMIT>', 'max-connections or max-channels')
    .argument('<NUMBER>', 'how many; -1 for no limit')
    .addHelpText('after', '\nExample:\n  leveret set user-limit shop max-connections 20\n')
    .action((user: string, limit: string, number: string) => {
      const at = session();
      const path = apiPath('user-limits', user, limit);
      return setThing(at, `${limit} of ${named('user', user)} is`, () =>
        withNamed(at, 'user', user, (api) => api.put(path, { value: jsonOrText(number) })),
      );
    });
}

function addParameters(set: Command, session: () => Session): void {
  set
    .command('parameter')
    .description('a parameter of a component in the vhost')
    .argument('<COMPONENT>', 'what it is a parameter of')
    .argument('<NAME>', 'its name')
    .argument('<VALUE>', 'JSON, or a text')
    .addHelpText('after', `\nExample:\n  leveret set parameter vhost-limits limits '{"max-queues": 100}'\n`)
    .action((component: string, name: string, value: string) => {
      const at = session();
      const path = apiPath('parameters', component, at.vhost, name);
      return setThing(at, `${named('parameter', name)} is`, (api) => api.put(path, { value: jsonOrText(value) }));
    });
  set
    .command('global-parameter')
    .description('a parameter of the broker')
    .argument('<NAME>', 'its name')
    .argument('<VALUE>', 'JSON, or a text')
    .addHelpText('after', '\nExample:\n  leveret set global-parameter cluster_name production\n')
    .action((name: string, value: string) =>
      setThing(session(), `${named('global parameter', name)} is`, (api) =>
        api.put(apiPath('global-parameters', name), { value: jsonOrText(value) }),
      ),
    );
}

function addTracing(set: Command, session: () => Session): void {
  set
    .command('tracing')
    .description('whether the vhost copies all messages to amq.rabbitmq.trace')
    .addArgument(new Argument('<on|off>', 'which').choices(['on', 'off']))
    .addHelpText('after', '\nExample:\n  leveret set tracing on --vhost orders\n')
    .action((word: string) => {
      const at = session();
      return setThing(at, `tracing of ${named('vhost', at.vhost)} is`, () =>
        withNamed(at, 'vhost', at.vhost, async (api) => {
          await api.get(apiPath('vhosts', at.vhost)); // or it would be added
          return api.put(apiPath('vhosts', at.vhost), { tracing: word === 'on' });
        }),
      );
    });
}

function addResourceLimits(set: Command, session: () => Session): void {
  const add = (name: string, summary: string, sizes: string, example: string) => {
    set
      .command(name)
      .description(`${summary}, until the broker ends`)
      .argument('<SIZE>', `${sizes}, or default: what it was started with`)
      .addHelpText('after', `\nExample:\n  leveret set ${name} ${example}\n`)
      .action((size: string) => {
        const path = apiPath('limits', name);
        return setThing(session(), `${name} is`, async (api) => {
          if (size !== 'default') return api.put(path, { value: size });
          await api.delete(path);
          return false;
        });
      });
  };
  add('memory-limit', 'how much memory messages may take', 'as in 512MiB or 40%', '2GiB');
  add('disk-free-limit', 'how much of the disk must stay free', 'as in 500MB or 2%, or auto', '5GB');
}
