import type { Argument, Command, Option } from 'commander';
import { apiPath, type JsonObject } from '../api-client.ts';
import type { Session } from '../session.ts';
import { LIST_KINDS } from './list-kinds.ts';

/** Somebody waits with a finger on the key. */
const TIMEOUT_MS = 1000;

/** Commands of which other files know: for the broker itself. */
const BROKER_COMMANDS = ['start', 'inspect'];

/** What is listed for the names that arguments called like this take. */
const LISTS: Readonly<Record<string, string>> = {
  QUEUE: 'queues',
  DESTINATION: 'queues',
  EXCHANGE: 'exchanges',
  USER: 'users',
};
/** The same for those that are called NAME, by command. */
const NAMED: Readonly<Record<string, string>> = {
  queue: 'queues',
  exchange: 'exchanges',
  user: 'users',
  vhost: 'vhosts',
  policy: 'policies',
  'operator-policy': 'operator-policies',
  'close-connection': 'connections',
};
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  THINGS: Object.keys(LIST_KINDS),
  SHELL: ['bash', 'zsh', 'fish'],
  'on|off': ['on', 'off'],
  COMPONENT: ['operator_policy', 'vhost-limits'],
  TAG: ['administrator', 'monitoring', 'policymaker', 'management'],
};

/** Where the words before the cursor have led to. */
interface Position {
  readonly command: Command;
  /** How many arguments the command has been given. */
  readonly argumentCount: number;
  /** The option whose value comes next. */
  readonly option: Option | undefined;
}

/** What could come in the place of the last word, beginning as it does. */
export async function wordsAfter(
  program: Command,
  words: readonly string[],
  session: () => Session,
): Promise<readonly string[]> {
  const begun = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  adoptOptions(program, before);
  const candidates = await candidatesAt(program, positionAfter(program, before), begun, session);
  return candidates.filter((word) => word.startsWith(begun)).sort();
}

function positionAfter(program: Command, words: readonly string[]): Position {
  let [command, argumentCount]: [Command, number] = [program, 0];
  let option: Option | undefined;
  for (const word of words) {
    if (option !== undefined) option = undefined;
    else if (word.startsWith('-')) option = word.includes('=') ? undefined : valueOption(program, command, word);
    else {
      const next = command.commands.find((each) => each.name() === word);
      if (next === undefined) argumentCount++;
      else command = next;
    }
  }
  return { command, argumentCount, option };
}

function valueOption(program: Command, command: Command, flag: string): Option | undefined {
  const option = [...command.options, ...program.options].find(({ long, short }) => long === flag || short === flag);
  return option?.required ? option : undefined;
}

/** The options before the cursor that say which broker is meant hold for the completion, too. */
function adoptOptions(program: Command, words: readonly string[]): void {
  for (const [index, word] of words.entries()) {
    const option = program.options.find(({ long, required }) => required && long === word);
    const value = words[index + 1];
    if (option !== undefined && value !== undefined) program.setOptionValue(option.attributeName(), value);
  }
}

async function candidatesAt(
  program: Command,
  { command, argumentCount, option }: Position,
  begun: string,
  session: () => Session,
): Promise<readonly string[]> {
  if (option !== undefined) {
    if (option.long === '--vhost') return names(session(), 'vhosts');
    return option.argChoices ?? [];
  }
  if (begun.startsWith('-')) return flagsOf(program, command);
  if (command.commands.length > 0) {
    const visible = command.commands.map((each) => each.name()).filter((name) => !name.startsWith('_'));
    return command === program ? [...visible, ...BROKER_COMMANDS] : visible;
  }
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[argumentCount] ?? (last?.variadic ? last : undefined);
  return argument === undefined ? [] : valuesOf(argument, command, session);
}

function flagsOf(program: Command, command: Command): string[] {
  return [...new Set([...command.options, ...program.options].map(({ long }) => long!)), '--help'];
}

async function valuesOf(argument: Argument, command: Command, session: () => Session): Promise<readonly string[]> {
  const name = argument.name();
  const choices = CHOICES[name];
  if (choices !== undefined) return choices;
  const isNew = command.parent?.name() === 'add' && name === 'NAME';
  const list = isNew ? undefined : name === 'NAME' ? NAMED[command.name()] : LISTS[name];
  return list === undefined ? [] : names(session(), list);
}

/** Names at the broker; none if they are not to be had. */
async function names(session: Session, list: string): Promise<readonly string[]> {
  try {
    const isInVhost = ['queues', 'exchanges', 'policies', 'operator-policies'].includes(list);
    const path = isInVhost ? apiPath(list, session.vhost) : apiPath(list);
    const rows = await (await session.api()).get<readonly JsonObject[]>(path, { columns: 'name' }, TIMEOUT_MS);
    return rows.map(({ name }) => String(name)).filter((name) => name !== '');
  } catch {
    return [];
  }
}
