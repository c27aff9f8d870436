import { type Command, Option } from 'commander';
import { apiPath, type Json, type JsonObject } from '../api-client.ts';
import { CLIENT_COMMANDS } from '../client-commands.ts';
import { CommandError } from '../command-error.ts';
import { gatherKeyValue, wholeNumber } from '../key-values.ts';
import { withNamed } from '../missing-object.ts';
import type { Session } from '../session.ts';
import { humanCount } from '../text-table.ts';
import { visible } from '../visible-text.ts';

interface RelocationFlags {
  readonly limit?: number;
  readonly key?: string;
  readonly header?: Record<string, Json>;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly to?: string;
}

interface RelocationReport extends JsonObject {
  readonly moved: number;
  readonly stayed: number;
  readonly error: string | null;
}

export function addQueueOperations(program: Command, session: () => Session): void {
  addSwitch(program, session, 'purge', 'is empty', (vhost, name) => [
    'delete',
    apiPath('queues', vhost, name, 'contents'),
  ]);
  addSwitch(program, session, 'pause', 'is paused', (vhost, name) => ['put', apiPath('queues', vhost, name, 'pause')]);
  addSwitch(program, session, 'resume', 'goes on', (vhost, name) => ['put', apiPath('queues', vhost, name, 'resume')]);
  withRelocationOptions(queueCommand(program, 'move').argument('<DESTINATION>', 'the queue that gets them'))
    .addHelpText('after', '\nExample:\n  leveret move orders.failed orders --limit 100\n')
    .action((name: string, destination: string, flags: RelocationFlags) => {
      return relocate(session(), name, 'move', { ...bodyOf(flags), destination });
    });
  withRelocationOptions(queueCommand(program, 'replay'))
    .addOption(
      new Option('--to <WHERE>', 'the queue that they were in, or the exchange that they were published to')
        .choices(['queue', 'exchange'])
        .default('queue'),
    )
    .addHelpText('after', "\nExample:\n  leveret replay orders.dead --key 'orders'\n")
    .action((name: string, flags: RelocationFlags) => {
      return relocate(session(), name, 'replay', { ...bodyOf(flags), to: flags.to });
    });
}

function queueCommand(program: Command, name: keyof typeof CLIENT_COMMANDS): Command {
  return program.command(name).description(CLIENT_COMMANDS[name]).argument('<QUEUE>', 'its name');
}

function addSwitch(
  program: Command,
  session: () => Session,
  name: keyof typeof CLIENT_COMMANDS,
  outcome: string,
  request: (vhost: string, queue: string) => readonly [method: 'put' | 'delete', path: string],
): void {
  queueCommand(program, name)
    .addHelpText('after', `\nExample:\n  leveret ${name} orders\n`)
    .action(async (queue: string) => {
      const at = session();
      const [method, path] = request(at.vhost, queue);
      await withNamed(at, 'queue', queue, async (api) => {
        await api[method](path);
      });
      at.tell(`queue '${visible(queue)}' ${outcome}`, { done: name });
    });
}

function withRelocationOptions(command: Command): Command {
  return command
    .option('--limit <NUMBER>', 'no more than so many', wholeNumber('--limit', 1))
    .option('--key <KEY>', 'only messages with this routing key')
    .option('--header <KEY=VALUE>', 'only messages with this header; as often as there are some', gatherKeyValue)
    .option('--min-size <OCTETS>', 'only messages whose bodies are no smaller', wholeNumber('--min-size', 0))
    .option('--max-size <OCTETS>', 'only messages whose bodies are no larger', wholeNumber('--max-size', 0));
}

function bodyOf({ limit, key, header, minSize, maxSize }: RelocationFlags): JsonObject {
  const filter: JsonObject = {
    routing_key: key,
    headers: header,
    min_payload_bytes: minSize,
    max_payload_bytes: maxSize,
  };
  return { limit, filter };
}

async function relocate(session: Session, name: string, operation: string, body: JsonObject): Promise<void> {
  const path = apiPath('queues', session.vhost, name, operation);
  const report = await withNamed(session, 'queue', name, (api) => api.post<RelocationReport>(path, body as Json));
  const { moved, stayed, error } = report;
  const messages = `${humanCount(moved)} message${moved === 1 ? '' : 's'}`;
  session.tell(`${messages} moved, ${humanCount(stayed)} stayed`, report);
  if (error !== null) throw new CommandError(error);
}
