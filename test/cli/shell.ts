import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Broker } from '#src/index.js';
import { environmentOf } from './client.ts';
import type { Result } from './command.ts';

const COMMAND = fileURLToPath(new URL('../../../dist/bin/leveret.js', import.meta.url));

/** Runs a script of bash in which `leveret` is the command (`$LEVERET` what it is), for the broker; pipes fail if one of their commands does. */
export async function shell(broker: Broker, script: string): Promise<Result> {
  const prologue = 'set -o pipefail; leveret() { $LEVERET "$@"; }';
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const env = { ...inherited, ...environmentOf(broker), NO_COLOR: '1', LEVERET: `${process.execPath} ${COMMAND}` };
  const child = spawn('bash', ['-c', `${prologue}\n${script}`], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, stdout, stderr };
}
