import { type Command, CommanderError } from 'commander';
import pc from 'picocolors';
import { CommandError, STATUS_MISUSE } from './command-error.ts';
import { clientProgram } from './program.ts';
import type { Terminal } from './terminal.ts';
import { visible } from './visible-text.ts';

const STATUS_OK = 0;

/** Runs a command for a broker that runs; resolves to its exit status. What goes wrong is one line on standard error. */
export async function runClient(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = clientProgram(terminal);
  let help = '';
  forEachCommand(program, (command) => {
    prepare(command, terminal, (text) => {
      help += text;
    });
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return STATUS_OK;
  } catch (error) {
    return explain(error, terminal, help);
  }
}

function forEachCommand(command: Command, action: (command: Command) => void): void {
  action(command);
  for (const each of command.commands) forEachCommand(each, action);
}

function prepare(
  command: Command,
  { stdout, widthCells, isColored }: Terminal,
  writeErr: (text: string) => void,
): void {
  command
    .exitOverride()
    .helpCommand(false)
    .helpOption('-h, --help', 'print this help')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr,
      getOutHelpWidth: () => widthCells ?? 100,
      getOutHasColors: () => isColored,
    })
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => pc.createColors(isColored).bold(title) });
}

/** @param help what there is to say about words that are missing @returns the exit status */
function explain(error: unknown, { stderr }: Terminal, help: string): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === STATUS_OK) return STATUS_OK;
    if (error.code === 'commander.help') {
      stderr.write(help);
      return STATUS_MISUSE;
    }
    const line = error.message
      .replace(/^error: /, '')
      .replaceAll(/\s*\n\s*/g, ' ')
      .replace(/\.$/, '');
    stderr.write(`leveret: ${line}; see --help\n`);
    return STATUS_MISUSE;
  }
  if (!(error instanceof CommandError)) throw error;
  stderr.write(`leveret: ${visible(error.message)}\n`);
  return error.status;
}
