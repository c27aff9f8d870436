import { isUtf8 } from 'node:buffer';
import type { Command } from 'commander';
import { propertiesJson } from '../../http/views/field-json.ts';
import { stringifyJson } from '../../json/exact-json.ts';
import type { MethodArguments } from '../../protocol/methods.ts';
import { decodeProperties } from '../../protocol/properties.ts';
import { Consumer } from '../amqp/consumer.ts';
import type { IncomingMessage } from '../amqp/content.ts';
import { CLIENT_COMMANDS } from '../client-commands.ts';
import { wholeNumber } from '../key-values.ts';
import type { Session } from '../session.ts';

interface ConsumeFlags {
  readonly count?: number;
  readonly prefetch: number;
  readonly exclusive?: true;
}

const DEFAULT_PREFETCH = 1000;
const LARGEST_PREFETCH = 0xffff;
const LINE_FEED = Buffer.from('\n');

const NOTES = `
Each message is a line; with --json, a line with its properties, too. A message is acknowledged when it is written; it goes on
until Ctrl-C, or until whoever reads the output has gone. This command speaks AMQP: --url and LEVERET_AMQP_URL are like
amqp://127.0.0.1:5672.

Examples:
  leveret consume orders
  leveret consume orders --count 1000 > orders.txt
  leveret consume orders --json | jq -r .routing_key
`;

export function addConsume(program: Command, session: () => Session): void {
  program
    .command('consume')
    .description(CLIENT_COMMANDS.consume)
    .argument('<QUEUE>', 'its name')
    .option('--count <NUMBER>', 'so many messages, and no more', wholeNumber('--count', 1))
    .option(
      '--prefetch <NUMBER>',
      'how many messages the broker may send ahead',
      wholeNumber('--prefetch', 1),
      DEFAULT_PREFETCH,
    )
    .option('--exclusive', 'nobody else may consume from the queue meanwhile')
    .addHelpText('after', NOTES)
    .action((queue: string, flags: ConsumeFlags) => consume(session(), queue, flags));
}

async function consume(session: Session, queue: string, { count, prefetch, exclusive }: ConsumeFlags): Promise<void> {
  const { stdout } = session.terminal;
  const place = await session.amqp();
  const options = {
    queue,
    count,
    prefetch: Math.min(prefetch, LARGEST_PREFETCH),
    exclusive: exclusive === true,
    format: session.isJson ? jsonLine : textLine,
  };
  await Consumer.run(place, session.vhostAt(place), stdout, options, session.terminal.interruption());
}

function textLine({ body }: IncomingMessage): readonly Buffer[] {
  return [body, LINE_FEED];
}

/** In the words of the management API. */
function jsonLine({ method, header, body }: IncomingMessage): readonly Buffer[] {
  const { exchange, routingKey, redelivered } = method.args as MethodArguments<'basic.deliver'>;
  const isText = isUtf8(body);
  const message = {
    exchange,
    routing_key: routingKey,
    redelivered,
    properties: propertiesJson(decodeProperties(header, 0, header.length)),
    payload: body.toString(isText ? 'utf8' : 'base64'),
    payload_encoding: isText ? 'string' : 'base64',
  };
  return [Buffer.from(`${stringifyJson(message)}\n`)];
}
