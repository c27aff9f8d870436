import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runClient } from '#src/cli/run-client.js';
import type { Broker } from '#src/index.js';
import type { Result } from './command.ts';

export interface ClientOptions {
  readonly stdin?: string;
  /** The password is the name. */
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How wide the screen is; without it, there is none. */
  readonly widthCells?: number;
  readonly interruption?: AbortSignal;
  /** What is typed when a secret is asked for, one after the other. */
  readonly secrets?: readonly string[];
}

/** The environment that leads commands to the broker. */
export function environmentOf(broker: Broker, user = 'guest'): Record<string, string> {
  const LEVERET_AMQP_URL = `amqp://127.0.0.1:${broker.port}`;
  return { LEVERET_URL: broker.managementUrl!, LEVERET_AMQP_URL, LEVERET_USER: user, LEVERET_PASSWORD: user };
}

/** Runs a command for the broker in this process, until it ends. */
export async function client(broker: Broker, args: readonly string[], options: ClientOptions = {}): Promise<Result> {
  const { stdin = '', user, env = {}, widthCells, interruption, secrets } = options;
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const typed = [...(secrets ?? [])];
  const outputs = Promise.all([text(stdout), text(stderr)]);
  const status = await runClient(args, {
    stdin: new PassThrough().end(stdin),
    stdout,
    stderr,
    env: { ...environmentOf(broker, user), ...env },
    widthCells,
    isColored: false,
    interruption: () => interruption ?? new AbortController().signal,
    askSecret: () => (secrets === undefined ? undefined : Promise.resolve(typed.shift()!)),
  });
  stdout.end();
  stderr.end();
  const [out, err] = await outputs;
  return { status, stdout: out, stderr: err };
}
