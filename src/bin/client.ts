import { processTerminal } from '../cli/process-terminal.ts';
import { runClient } from '../cli/run-client.ts';

/** Does something with a broker that runs, and leaves its exit status to the process. */
export async function client(args: readonly string[]): Promise<void> {
  // Whoever read our output may have gone: who wants to know listens, too; for the others there is nothing more to say.
  process.stdout.on('error', () => {});
  process.exitCode = await runClient(args, processTerminal());
}
