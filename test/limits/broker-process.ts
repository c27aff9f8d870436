import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../../dist/bin/leveret.js', import.meta.url));
export const MIB: number = 1024 * 1024;
/** Why these tests are left out elsewhere: they look at a process through /proc. */
export const SKIP: string | false = process.platform === 'linux' ? false : 'needs /proc';

/** A broker in a process of its own, whose memory can be looked at from outside. */
export class BrokerProcess implements AsyncDisposable {
  readonly port: number;
  private readonly process: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.process = child;
    this.port = port;
  }

  /** @param descriptors how many files it may have open; 0: as many as this process */
  static async start(args: readonly string[] = [], descriptors = 0): Promise<BrokerProcess> {
    const command = [process.execPath, COMMAND, '--port', '0', '--log-format', 'json', ...args];
    const limit = descriptors === 0 ? '' : `ulimit -n ${descriptors} && `;
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const child = spawn('sh', ['-c', `${limit}exec "$0" "$@"`, ...command], { env, stdio: [...stdio] });
    let text = '';
    child.stdout!.setEncoding('utf8');
    for (;;) {
      const [chunk] = await once(child.stdout!, 'data');
      text += chunk;
      const port = /amqp:\/\/[^\s"]*:(\d+)/.exec(text)?.[1];
      if (port === undefined) continue;
      child.stdout!.resume();
      return new BrokerProcess(child, Number(port));
    }
  }

  get url(): string {
    return `amqp://127.0.0.1:${this.port}`;
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** What it has of the machine's memory now. */
  get residentOctets(): number {
    return this.status('VmRSS');
  }

  /** The most that it had since `forgetPeak`. */
  get peakOctets(): number {
    return this.status('VmHWM');
  }

  forgetPeak(): void {
    writeFileSync(`/proc/${this.process.pid}/clear_refs`, '5');
  }

  private status(field: string): number {
    const text = readFileSync(`/proc/${this.process.pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(text)?.[1]) * 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isRunning) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }
}

/** For diagnostics: `12.3 MiB`. */
export function mib(octets: number): string {
  return `${(octets / MIB).toFixed(1)} MiB`;
}
