import { type Command, Option } from 'commander';
import { stringifyJson } from '../../json/exact-json.ts';
import { apiPath, type Json, type JsonObject } from '../api-client.ts';
import { CLIENT_COMMANDS } from '../client-commands.ts';
import { misuse } from '../command-error.ts';
import { wholeNumber } from '../key-values.ts';
import { withNamed } from '../missing-object.ts';
import type { Session } from '../session.ts';
import { humanOctets } from '../text-table.ts';
import { visible } from '../visible-text.ts';
import { cellText } from './list-kinds.ts';

interface GetFlags {
  readonly count: number;
  readonly take?: true;
  readonly reject?: true;
  readonly truncate?: number;
}

interface ShownMessage extends JsonObject {
  readonly payload: string;
  readonly payload_bytes: number;
  readonly payload_encoding: 'string' | 'base64';
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routing_key: string;
  readonly properties: JsonObject;
}

const NOTES = `
Without --take and --reject messages stay as they are, and nobody notices. For many messages, use 'leveret consume'.

Examples:
  leveret get orders --count 5
  leveret get orders --take --json
`;

export function addGet(program: Command, session: () => Session): void {
  program
    .command('get')
    .description(CLIENT_COMMANDS.get)
    .argument('<QUEUE>', 'its name')
    .option('--count <NUMBER>', 'how many', wholeNumber('--count', 1), 1)
    .option('--take', 'they are gone from the queue')
    .option('--reject', 'they are gone from the queue, and go where its dead letters go')
    .addOption(new Option('--truncate <OCTETS>', 'show no more of each body').argParser(wholeNumber('--truncate', 0)))
    .addHelpText('after', NOTES)
    .action((name: string, flags: GetFlags) => get(session(), name, flags));
}

async function get(session: Session, name: string, { count, take, reject, truncate }: GetFlags): Promise<void> {
  if (take && reject) throw misuse('--take and --reject exclude each other');
  const path = (operation: string) => apiPath('queues', session.vhost, name, operation);
  const messages = await withNamed(session, 'queue', name, (api): Promise<readonly ShownMessage[]> => {
    if (!take && !reject) return api.post(path('browse'), { count, truncate } as Json);
    const ackmode = take ? 'ack_requeue_false' : 'reject_requeue_false';
    return api.post(path('get'), { count, truncate, ackmode, encoding: 'auto' } as Json);
  });
  if (session.isJson) session.print(stringifyJson(messages, 2));
  else if (messages.length === 0) session.note(`queue '${name}' has no messages to give`);
  else session.print(messages.map((message) => messageText(session, message)).join('\n\n'));
}

function messageText({ colors, terminal }: Session, message: ShownMessage): string {
  const { exchange, routing_key: key, payload_bytes: size, redelivered, properties, payload } = message;
  const head = `exchange ${exchange || '(default)'}  key ${key}  ${humanOctets(size)}${redelivered ? '  redelivered' : ''}`;
  const facts = Object.entries(properties).flatMap(([name, value]) => {
    if (name !== 'headers') return [`${name}: ${cellText(value)}`];
    return Object.entries(value as JsonObject).map(([header, each]) => `header ${header}: ${cellText(each)}`);
  });
  const isBinary = message.payload_encoding === 'base64';
  const shown = terminal.widthCells === undefined ? payload : payload.split('\n').map(visible).join('\n');
  return [
    colors.bold(visible(head)),
    ...facts.map((fact) => colors.dim(visible(fact))),
    isBinary ? `${colors.dim('(base64)')} ${payload}` : shown,
  ].join('\n');
}
