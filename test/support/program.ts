import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Mailbox } from './mailbox.ts';

/** Nothing is printed for so long: then the test fails. Generous, since it is only ever waited for in failing tests. */
const TIMEOUT_MS = 10_000;

/** A Node program in a process of its own, line by line. It is ended with the block that it was started in. */
export class Program implements AsyncDisposable {
  private readonly process: ChildProcess;
  private readonly lines = new Mailbox<string>();
  private readonly exited: Promise<unknown>;

  constructor(path: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
    // In a test's environment, node:test would report to the test runner instead of printing.
    const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
    const env = { ...inherited, ...environment };
    this.process = spawn(process.execPath, [path, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const output = createInterface({ input: this.process.stdout! });
    output.on('line', (line) => this.lines.push(line));
    output.on('close', () => this.lines.end(new Error('the program ended')));
    this.exited = once(this.process, 'exit');
  }

  /** Awaits the lines, in this order and no others between them. */
  async prints(...expected: readonly (string | RegExp)[]): Promise<void> {
    for (const line of expected) {
      const actual = await this.lines.next(TIMEOUT_MS, `${line}`);
      if (typeof line === 'string') assert.equal(actual, line);
      else assert.match(actual, line);
    }
  }

  /** Awaits the lines in any order, and no others between them. */
  async printsInAnyOrder(...expected: readonly string[]): Promise<void> {
    const actual: string[] = [];
    for (const line of expected) actual.push(await this.lines.next(TIMEOUT_MS, line));
    assert.deepEqual(actual.sort(), [...expected].sort());
  }

  /** Awaits its end, which must be a good one; resolves to the lines that it still printed. */
  async rest(): Promise<string[]> {
    await this.exited;
    assert.equal(this.process.exitCode, 0, 'exit status');
    const lines: string[] = [];
    for (;;) {
      await this.lines.arrivalOrEnd(TIMEOUT_MS);
      if (this.lines.size === 0) return lines;
      lines.push(await this.lines.next(TIMEOUT_MS, 'a line'));
    }
  }

  /** As Ctrl-C does; it must end well. Resolves to what it still printed. */
  interrupt(): Promise<string[]> {
    this.process.kill('SIGINT');
    return this.rest();
  }

  /** As a crash does: without a chance to say goodbye. */
  async crash(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.crash();
  }
}
