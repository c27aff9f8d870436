import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TemporaryDataDirectory } from './data-directory.ts';

const COMMAND = fileURLToPath(new URL('../../../dist/bin/leveret.js', import.meta.url));
export const MIB: number = 1024 * 1024;
/** Where the fields stand after the name of the program. */
const [USER_TICKS, SYSTEM_TICKS] = [11, 12];
const MS_A_TICK = 10;
/** Why tests that look at a process through /proc are left out elsewhere. */
export const SKIP: string | false = process.platform === 'linux' ? false : 'needs /proc';

/** A broker in a process of its own, which can be killed, and whose memory can be looked at from outside. */
export class BrokerProcess implements AsyncDisposable {
  readonly port: number;
  /** Undefined: the management API is off, as it is unless `args` say otherwise. */
  readonly managementUrl: string | undefined;
  private readonly process: ChildProcess;
  private readonly exited: Promise<unknown>;

  private constructor(child: ChildProcess, exited: Promise<unknown>, { port, managementUrl }: Addresses) {
    this.process = child;
    this.exited = exited;
    this.port = port;
    this.managementUrl = managementUrl;
  }

  /**
   * Resolves once it listens. Its data are in a temporary directory, unless `args` names another one.
   * @param descriptors how many files it may have open; 0: as many as this process
   * @param nodeOptions Node's own
   * @throws Error with what it printed, if it ends before it listens
   */
  static async start(
    args: readonly string[] = [],
    descriptors = 0,
    nodeOptions: readonly string[] = [],
  ): Promise<BrokerProcess> {
    const command = [process.execPath, ...nodeOptions, COMMAND, '--port', '0', '--log-format', 'json', ...args];
    const limit = descriptors === 0 ? '' : `ulimit -n ${descriptors} && `;
    const data = new TemporaryDataDirectory();
    const env = {
      ...process.env,
      NODE_TEST_CONTEXT: undefined,
      LEVERET_DATA_DIR: data.path,
      LEVERET_MANAGEMENT_PORT: 'off',
    };
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const child = spawn('sh', ['-c', `${limit}exec "$0" "$@"`, ...command], { env, stdio: [...stdio] });
    const exited = once(child, 'exit').then(() => data[Symbol.dispose]());
    return new BrokerProcess(child, exited, await listeningAddresses(child));
  }

  get url(): string {
    return `amqp://127.0.0.1:${this.port}`;
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Ends it without a chance to do anything more; resolves when it is gone. It must have been running still. */
  async kill(): Promise<void> {
    assert.ok(this.isRunning, `the broker had ended before it was killed, with status ${this.process.exitCode}`);
    this.process.kill('SIGKILL');
    await this.exited;
  }

  /** Asks it to end, which it must do with status 0. */
  async terminate(): Promise<void> {
    this.process.kill('SIGTERM');
    await this.exited;
    assert.equal(this.process.exitCode, 0, 'exit status');
  }

  /** What it has of the machine's memory now. */
  get residentOctets(): number {
    return this.status('VmRSS');
  }

  /** The most that it ever had. */
  get peakOctets(): number {
    return this.status('VmHWM');
  }

  /** How many files and sockets it has open. */
  get descriptorCount(): number {
    return readdirSync(`/proc/${this.process.pid}/fd`).length;
  }

  /**
   * How long its thread has computed so far: what others do on this machine meanwhile does not count. To the hundredth of a
   * second, as proc(5) tells it.
   */
  get computedMs(): number {
    const { pid } = this.process;
    const fields = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) * MS_A_TICK;
  }

  private status(field: string): number {
    const text = readFileSync(`/proc/${this.process.pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(text)?.[1]) * 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) await this.kill();
  }
}

interface Addresses {
  readonly port: number;
  readonly managementUrl: string | undefined;
}

/** Reads the addresses that the broker prints; what it prints after that is let go by. */
function listeningAddresses(child: ChildProcess): Promise<Addresses> {
  const stdout = child.stdout!.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    let text = '';
    stdout.on('data', (chunk: string) => {
      text += chunk;
      const line = /^.*amqp:\/\/[^\s"]*:(\d+).*$/m.exec(text);
      if (line === null || !text.endsWith('\n')) return;
      stdout.removeAllListeners('data').resume();
      resolve({ port: Number(line[1]), managementUrl: /http:\/\/[^\s"]*:\d+/.exec(line[0])?.[0] });
    });
    child.on('close', (status) => reject(new Error(`the broker ended with status ${status}: ${text}`)));
  });
}

/** For diagnostics: `12.3 MiB`. */
export function mib(octets: number): string {
  return `${(octets / MIB).toFixed(1)} MiB`;
}
