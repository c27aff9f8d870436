import { addAbortSignal } from 'node:stream';
import { type Command, Option } from 'commander';
import { argumentsFromPlain } from '../../broker/plain-arguments.ts';
import { didYouMean } from '../../config/suggest.ts';
import type { Properties } from '../../protocol/properties.ts';
import { PROPERTY_NAMES } from '../../protocol/property-names.ts';
import { linesOf, wholeOf } from '../amqp/lines.ts';
import { Publisher, type PublisherOptions } from '../amqp/publisher.ts';
import type { Json } from '../api-client.ts';
import { CLIENT_COMMANDS } from '../client-commands.ts';
import { CommandError, misuse } from '../command-error.ts';
import { gatherKeyValue, wholeNumber } from '../key-values.ts';
import type { Session } from '../session.ts';
import { humanCount } from '../text-table.ts';

interface PublishFlags {
  readonly body?: string;
  readonly whole?: true;
  readonly count?: number;
  readonly persistent?: true;
  readonly header?: Record<string, Json>;
  readonly property?: Record<string, Json>;
  /** False: `--no-mandatory`. */
  readonly mandatory: boolean;
}

const PERSISTENT = 2;
/** What Ctrl-C ends a command with. */
const STATUS_INTERRUPTED = 130;
/** How many messages with the same body are made at a time. */
const BATCH = 1024;
const NUMBERS = ['priority', 'delivery_mode', 'timestamp'];

/** By name; headers have an option of their own. */
const PROPERTIES = new Map(
  Object.entries(PROPERTY_NAMES).flatMap(([key, name]) => (name === 'headers' ? [] : [[name, key] as const])),
);

const NOTES = `
Each line of standard input is a message. It ends well when the broker has confirmed all of them, and each has reached a queue.
This command speaks AMQP: --url and LEVERET_AMQP_URL are like amqp://127.0.0.1:5672. The default exchange is ''.

Examples:
  leveret publish '' orders --body 'one pair of shoes'
  seq 100000 | leveret publish events order.new --persistent
  leveret publish '' images --whole --property content_type=image/png < hare.png
`;

export function addPublish(program: Command, session: () => Session): void {
  program
    .command('publish')
    .description(CLIENT_COMMANDS.publish)
    .argument('<EXCHANGE>', "where to; '' for the default exchange")
    .argument('<KEY>', 'the routing key; with the default exchange, a queue')
    .option('--body <TEXT>', 'one message with this body, instead of standard input')
    .option('--whole', 'standard input is one message')
    .option('--count <NUMBER>', 'so many lines and no more; with --body, so many times', wholeNumber('--count', 1))
    .option('--persistent', 'durable queues keep the messages over a restart')
    .option('--header <KEY=VALUE>', 'a header; as often as there are some', gatherKeyValue)
    .addOption(
      new Option(
        '--property <NAME=VALUE>',
        'content_type, correlation_id, expiration, priority, reply_to and so on',
      ).argParser(gatherKeyValue),
    )
    .option('--no-mandatory', 'it is fine if no queue is there for a message')
    .addHelpText('after', NOTES)
    .action((exchange: string, routingKey: string, flags: PublishFlags) =>
      publish(session(), { exchange, routingKey, mandatory: flags.mandatory, properties: propertiesOf(flags) }, flags),
    );
}

function propertiesOf({ persistent, header, property = {} }: PublishFlags): Properties {
  const entries = Object.entries(property).map(([given, value]) => {
    const name = given.replaceAll('-', '_');
    const known = PROPERTIES.get(name);
    if (known === undefined) throw misuse(`there is no property '${name}'${didYouMean(name, PROPERTIES.keys())}`);
    if (NUMBERS.includes(name) && !Number.isSafeInteger(value)) throw misuse(`property ${name} should be a number`);
    return [known, NUMBERS.includes(name) ? value : String(value)];
  });
  return {
    ...(persistent && { deliveryMode: PERSISTENT }),
    ...(Object.fromEntries(entries) as Properties),
    ...(header !== undefined && { headers: argumentsFromPlain(header as Parameters<typeof argumentsFromPlain>[0]) }),
  };
}

async function publish(session: Session, options: PublisherOptions, flags: PublishFlags): Promise<void> {
  if (flags.body !== undefined && flags.whole) throw misuse('--body and --whole exclude each other');
  const { stdin } = session.terminal;
  stdin.on('error', () => {}); // whoever reads it is told, and it may be nobody
  const place = await session.amqp();
  const publisher = await Publisher.open(place, session.vhostAt(place), options, {
    onBlocked: (reason) => {
      session.note(
        reason === undefined ? 'the broker takes messages again' : `the broker takes no messages: ${reason}`,
      );
    },
    onFailure: (error) => stdin.destroy(error),
  });
  const interruption = session.terminal.interruption();
  try {
    for await (const bodies of bodiesFor(session, flags, interruption)) {
      publisher.publish(bodies);
      await publisher.ready();
    }
    await publisher.finish();
  } finally {
    publisher.end();
  }
  report(session, publisher);
  if (interruption.aborted)
    throw new CommandError('interrupted: there may have been more to publish', STATUS_INTERRUPTED);
}

function report(session: Session, { published, refused, unrouted }: Publisher): void {
  session.tell(`${messages(published)} published`, { published, refused, unrouted });
  if (refused > 0) throw new CommandError(`${messages(refused)} refused by a queue, which is full`);
  if (unrouted > 0) throw new CommandError(`${messages(unrouted)} did not reach any queue; see --no-mandatory`);
}

function messages(count: number): string {
  return `${humanCount(count)} message${count === 1 ? '' : 's'}`;
}

async function* bodiesFor(
  { terminal }: Session,
  { body, whole, count = body === undefined ? Number.POSITIVE_INFINITY : 1 }: PublishFlags,
  interruption: AbortSignal,
): AsyncGenerator<Buffer[]> {
  if (body !== undefined) {
    yield* repeated(Buffer.from(body), count, interruption);
    return;
  }
  const { stdin } = terminal;
  addAbortSignal(interruption, stdin);
  try {
    if (whole) yield [await wholeOf(stdin)];
    else yield* firstOf(linesOf(stdin), count);
  } catch (error) {
    if (!interruption.aborted) throw error;
  }
}

function* repeated(body: Buffer, count: number, interruption: AbortSignal): Generator<Buffer[]> {
  for (let left = count; left > 0 && !interruption.aborted; left -= BATCH) {
    yield new Array<Buffer>(Math.min(left, BATCH)).fill(body);
  }
}

async function* firstOf(batches: AsyncIterable<Buffer[]>, count: number): AsyncGenerator<Buffer[]> {
  let left = count;
  for await (const batch of batches) {
    yield batch.length > left ? batch.slice(0, left) : batch;
    left -= batch.length;
    if (left <= 0) return;
  }
}
