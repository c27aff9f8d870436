import { isForClient } from '../cli/client-commands.ts';
import { ConfigError } from '../config/config-error.ts';
import { DataDirectoryError } from '../storage/disk/data-directory-error.ts';
import { parseCommandLine } from './command-line.ts';
import { UsageError } from './usage-error.ts';

/** The exit status of a command that was asked for something it cannot do. */
const STATUS_MISUSE = 2;

/**
 * Runs the command. `beganMs` is when it began, on the clock of `performance.now()`. Mistakes of whoever gave the
 * command end the process with status 2 and one line on standard error.
 */
export async function main(args: readonly string[], beganMs: number): Promise<void> {
  try {
    await run(args, beganMs);
  } catch (error) {
    if (!isMisuse(error)) throw error;
    process.stderr.write(`leveret: ${error.message}\n`);
    process.exit(STATUS_MISUSE);
  }
}

function isMisuse(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof ConfigError || error instanceof DataDirectoryError;
}

async function run(args: readonly string[], beganMs: number): Promise<void> {
  if (isForClient(args)) {
    const { client } = await import('./client.ts');
    await client(args);
    return;
  }
  const command = parseCommandLine(args);
  if (command.name === 'print') {
    process.stdout.write(command.text);
    return;
  }
  if (command.name === 'inspect') {
    const { inspect } = await import('./inspect.ts');
    process.exitCode = inspect(command);
    return;
  }
  const { start } = await import('./start.ts');
  await start(command, process.env, beganMs);
}
