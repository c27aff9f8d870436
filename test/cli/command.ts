import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

const COMMAND = fileURLToPath(new URL('../../../dist/bin/leveret.js', import.meta.url));

/** What a command that has ended left. */
export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options for how a command is run. */
export interface RunOptions {
  /**
   * Variables beside those a test has anyway: none of LEVERET_ is handed down, data goes to a temporary directory, and
   * there is no management API.
   */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the command until it ends. */
export function leveret(args: readonly string[], options?: RunOptions): Promise<Result> {
  return new RunningCommand(args, options).ended();
}

/** The command as a process of its own. */
export class RunningCommand implements AsyncDisposable {
  readonly process: ChildProcess;
  #stdout = '';
  #stderr = '';
  readonly #status: Promise<number | null>;
  readonly #data = new TemporaryDataDirectory();

  constructor(args: readonly string[], { env = {} }: RunOptions = {}) {
    this.process = spawn(process.execPath, [COMMAND, ...args], {
      env: { ...cleanEnvironment(), LEVERET_DATA_DIR: this.#data.path, LEVERET_MANAGEMENT_PORT: 'off', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#status = once(this.process, 'close').then(([status]) => {
      this.#data[Symbol.dispose]();
      return status as number | null;
    });
  }

  /** Resolves to the first match in standard output; rejects when the command ends without one. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stdout);
      if (match !== null) return match;
      const more = once(this.process.stdout!, 'data');
      const status = await Promise.race([more.then(() => undefined), this.#status]);
      if (status !== undefined) throw new Error(`ended (${status}) without ${pattern}: ${this.#stdout}${this.#stderr}`);
    }
  }

  /** Resolves to the port once the command listens. */
  async listening(): Promise<number> {
    const [, port] = await this.printed(/amqp:\/\/[^\s"]*:(\d+)/);
    return Number(port);
  }

  async ended(): Promise<Result> {
    const status = await this.#status;
    return { status, stdout: this.#stdout, stderr: this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGKILL');
    await this.#status;
  }
}

function cleanEnvironment(): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('LEVERET_'));
  return { ...Object.fromEntries(inherited), NO_COLOR: '1' };
}
