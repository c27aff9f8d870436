import { isDeepStrictEqual } from 'node:util';
import type { Command } from 'commander';
import { apiPath, type Json, type JsonObject } from '../api-client.ts';
import { ApiError } from '../api-error.ts';
import { CLIENT_COMMANDS } from '../client-commands.ts';
import { CommandError } from '../command-error.ts';
import { gatherKeyValue } from '../key-values.ts';
import { type Kind, withNamed } from '../missing-object.ts';
import type { Session } from '../session.ts';
import { visible } from '../visible-text.ts';
import { bindingsPath } from './add.ts';
import { named } from './change.ts';

interface DeleteFlags {
  readonly ifEmpty?: true;
  readonly ifUnused?: true;
}

interface BindingFlags {
  readonly key: string;
  readonly toExchange?: true;
  readonly argument?: Record<string, Json>;
}

interface ListedBinding {
  readonly routing_key: string;
  readonly arguments: JsonObject;
  readonly properties_key: string;
}

const IF_UNUSED = ['--if-unused', 'only if nobody uses it'] as const;

export function addDelete(program: Command, session: () => Session): void {
  const remove = program.command('delete').description(`Delete ${CLIENT_COMMANDS.delete}.`);
  const add = (
    kind: Kind,
    summary: string,
    pathOf: (at: Session, name: string, query: string) => string,
    options: readonly (readonly [flag: string, text: string])[] = [],
  ) => {
    const command = remove.command(kind.replaceAll(' ', '-')).description(summary).argument('<NAME>', 'its name');
    for (const [flag, text] of options) command.option(flag, text);
    command.action(async (name: string, flags: DeleteFlags) => {
      const at = session();
      const path = pathOf(at, name, conditions(flags));
      await withNamed(at, kind, name, (api) => api.delete(path));
      told(at, named(kind, name));
    });
  };
  add('vhost', 'a virtual host with all that is in it', (_, name) => apiPath('vhosts', name));
  add('user', 'a user', (_, name) => apiPath('users', name));
  add('queue', 'a queue with its messages', ({ vhost }, name, query) => apiPath('queues', vhost, name) + query, [
    ['--if-empty', 'only if it has no messages'],
    IF_UNUSED,
  ]);
  add('exchange', 'an exchange', ({ vhost }, name, query) => apiPath('exchanges', vhost, name) + query, [IF_UNUSED]);
  addBinding(remove, session);
  add('policy', 'a policy', ({ vhost }, name) => apiPath('policies', vhost, name));
  add('operator policy', 'an operator policy', ({ vhost }, name) => apiPath('operator-policies', vhost, name));
  add('global parameter', 'a parameter of the broker', (_, name) => apiPath('global-parameters', name));
  addOthers(remove, session);
}

function conditions({ ifEmpty, ifUnused }: DeleteFlags): string {
  const given = [...(ifEmpty ? ['if-empty=true'] : []), ...(ifUnused ? ['if-unused=true'] : [])];
  return given.length === 0 ? '' : `?${given.join('&')}`;
}

function told(session: Session, thing: string): void {
  session.tell(`${visible(thing)} is gone`, { deleted: true });
}

function addBinding(remove: Command, session: () => Session): void {
  remove
    .command('binding')
    .description('a binding')
    .argument('<EXCHANGE>', 'where messages come from')
    .argument('<QUEUE>', 'where they go to')
    .option('--key <KEY>', 'the routing key, or the pattern', '')
    .option('--to-exchange', 'QUEUE is an exchange')
    .option('--argument <KEY=VALUE>', 'an argument that it has; as often as there are some', gatherKeyValue)
    .action(async (source: string, destination: string, { key, toExchange, argument = {} }: BindingFlags) => {
      const at = session();
      const path = bindingsPath(at.vhost, source, destination, toExchange === true);
      const kind = toExchange === true ? 'exchange' : 'queue';
      await withNamed(at, kind, destination, async (api) => {
        const bindings = await api.get<readonly ListedBinding[]>(path);
        const binding = bindings.find(({ routing_key: each, arguments: args }) => {
          return each === key && isDeepStrictEqual(args, argument);
        });
        if (binding === undefined) {
          throw new CommandError(`${kind} '${destination}' has no such binding to exchange '${source}'`);
        }
        await api.delete(`${path}${apiPath(binding.properties_key)}`);
      });
      told(at, `the binding of ${kind} '${destination}' to exchange '${source}'`);
    });
}

/** What has no list of names of its own. */
function addOthers(remove: Command, session: () => Session): void {
  const add = (
    name: string,
    summary: string,
    parameters: readonly (readonly [name: string, text: string])[],
    pathOf: (at: Session, ...values: string[]) => string,
  ) => {
    const command = remove.command(name).description(summary);
    for (const [parameter, text] of parameters) command.argument(`<${parameter}>`, text);
    command.action(async (...given: unknown[]) => {
      const at = session();
      const values = given.slice(0, parameters.length) as string[];
      const thing = `${name.replaceAll('-', ' ')} ${values.map((value) => `'${value}'`).join(' ')}`;
      await deleteNamed(at, pathOf(at, ...values), thing);
      told(at, thing);
    });
  };
  const user = ['USER', 'whose'] as const;
  add('permissions', 'what a user may do in the vhost', [user], ({ vhost }, name) =>
    apiPath('permissions', vhost, name!),
  );
  add('topic-permissions', 'what a user may do with topics in the vhost', [user], ({ vhost }, name) =>
    apiPath('topic-permissions', vhost, name!),
  );
  add('vhost-limit', 'a limit of the vhost', [['LIMIT', 'max-connections or max-queues']], ({ vhost }, limit) =>
    apiPath('vhost-limits', vhost, limit!),
  );
  add('user-limit', 'a limit of a user', [user, ['LIMIT', 'max-connections or max-channels']], (_, name, limit) =>
    apiPath('user-limits', name!, limit!),
  );
  const component = ['COMPONENT', 'what it is a parameter of'] as const;
  add('parameter', 'a parameter', [component, ['NAME', 'its name']], ({ vhost }, of, name) =>
    apiPath('parameters', of!, vhost, name!),
  );
}

async function deleteNamed(session: Session, path: string, thing: string): Promise<void> {
  const api = await session.api();
  try {
    await api.delete(path);
  } catch (error) {
    if (!(error instanceof ApiError) || !error.isObjectMissing) throw error;
    throw new CommandError(`there is no ${thing} in vhost '${session.vhost}'`);
  }
}
