import { Command, CommanderError, Option } from 'commander';
import pc from 'picocolors';
import { CLIENT_COMMANDS } from '../cli/client-commands.ts';
import { environmentName, SCALAR_KEYS, type ScalarKey, SETTINGS, type Setting } from '../config/settings.ts';
import type { Flags } from '../config/sources.ts';
import { didYouMean } from '../config/suggest.ts';
import { readVersion } from '../config/version.ts';
import { UsageError } from './usage-error.ts';

/** Start a broker. */
export interface StartCommand {
  readonly name: 'start';
  readonly flags: Flags;
  readonly configPath: string | undefined;
}

/** Look through a data directory. */
export interface InspectCommand {
  readonly name: 'inspect';
  readonly path: string;
  readonly isJson: boolean;
}

/** Say something: the help or the version. */
export interface PrintCommand {
  readonly name: 'print';
  readonly text: string;
}

const COMMANDS = ['start', 'inspect', ...Object.keys(CLIENT_COMMANDS)];

const EPILOGUE = `
Every option can come from the environment too (${environmentName(SETTINGS.managementPort)} for
--${SETTINGS.managementPort.flag}) or from the config file (${SETTINGS.managementPort.flag} = 15672).
A flag decides before the environment, and that before the file.
`;

const INSPECT_EPILOGUE = `
Nothing is changed, and no broker is started; one may be running on the directory. The exit status is 0 if all is well, 1 if
something is damaged, and 2 if it is no data directory.
`;

/** What the arguments ask for. Throws a `UsageError` when they make no sense. */
export function parseCommandLine(args: readonly string[]): StartCommand | InspectCommand | PrintCommand {
  const options = new Map(SCALAR_KEYS.map((key) => [key, optionFor(SETTINGS[key])]));
  const config = new Option('--config <FILE>', 'TOML or JSON file with options').helpGroup('Data and logging:');
  let printed = '';
  const program = programOf([...options.values(), config], (text) => {
    printed += text;
  });
  addClientCommands(program);
  let inspect: InspectCommand | undefined;
  addInspect(program, (command) => {
    inspect = command;
  });
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    return afterThrow(error, printed);
  }
  const given = program.opts<Record<string, string>>();
  if (inspect !== undefined) {
    if (Object.keys(given).length > 0) throw new UsageError("inspect takes none of a broker's options");
    return inspect;
  }
  expectKnownCommand(program.args[0]);
  return { name: 'start', flags: flagsFrom(given, options), configPath: given[config.attributeName()] };
}

function programOf(options: readonly Option[], print: (text: string) => void): Command {
  const program = new Command('leveret')
    .description('A fast AMQP 0-9-1 message broker.')
    .usage('[start] [options]')
    .argument('[command]')
    .action(() => undefined)
    .enablePositionalOptions()
    .helpCommand(false)
    .configureOutput({ writeOut: print, writeErr: () => {} })
    .configureHelp({ styleTitle: (title) => pc.bold(title) })
    .addHelpText('after', EPILOGUE)
    .exitOverride();
  for (const option of options) program.addOption(option);
  return program
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help');
}

function addInspect(program: Command, found: (command: InspectCommand) => void): void {
  program
    .command('inspect')
    .description('Look through a data directory, and check every checksum in it.')
    .argument('<DIR>', 'the data directory')
    .option('--json', 'for programs: one JSON value')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', INSPECT_EPILOGUE)
    .action((path: string, { json }: { readonly json?: boolean }) => {
      found({ name: 'inspect', path, isJson: json === true });
    });
}

/** They are parsed elsewhere, and here for the help, and for those who put a broker's options before them. */
function addClientCommands(program: Command): void {
  for (const [name, summary] of Object.entries(CLIENT_COMMANDS)) {
    program
      .command(name)
      .summary(summary)
      .helpGroup('Commands for a broker that runs:')
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw new UsageError(`${name} takes none of a broker's options`);
      });
  }
}

function optionFor(setting: Setting<unknown>): Option {
  const { flag, argument, help, group, commandDefaultText, defaultText } = setting;
  const option = new Option(`--${flag} <${argument}>`, `${help} (${commandDefaultText ?? defaultText ?? 'none'})`);
  return option.helpGroup(`${group}:`);
}

/** Commander ends what it has handled by throwing, whether it has printed something or found a mistake. */
function afterThrow(error: unknown, printed: string): PrintCommand {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) return { name: 'print', text: printed };
  throw new UsageError(error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' '));
}

function expectKnownCommand(name: string | undefined): void {
  if (name === undefined || COMMANDS.includes(name)) return;
  throw new UsageError(`unknown command '${name}'${didYouMean(name, COMMANDS)}; see leveret --help`);
}

function flagsFrom(given: Readonly<Record<string, string>>, options: ReadonlyMap<ScalarKey, Option>): Flags {
  const flags: Partial<Record<ScalarKey, string>> = {};
  for (const [key, option] of options) {
    const text = given[option.attributeName()];
    if (text !== undefined) flags[key] = text;
  }
  return flags;
}
