import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Channel, connect } from 'amqplib';
import type { BrokerOptions } from '#src/index.js';
import type { TurnReport } from './turn-meter.ts';

const LOGIN = `Basic ${btoa('guest:guest')}`;
const PROCESS = new URL('broker-process.js', import.meta.url);

interface Addresses {
  readonly url: string;
  readonly managementUrl: string;
}

/** A broker with a data directory in a process of its own, whose event loop's turns are measured. */
export class MeteredBroker implements AsyncDisposable {
  private readonly url: string;
  private readonly managementUrl: string;
  private readonly child: ChildProcess;
  private readonly directory: string;

  private constructor(child: ChildProcess, { url, managementUrl }: Addresses, directory: string) {
    this.child = child;
    this.url = url;
    this.managementUrl = managementUrl;
    this.directory = directory;
  }

  /** Starts a broker, has it measured, and ends the program with it. */
  static async run(options: BrokerOptions, measure: (broker: MeteredBroker) => Promise<void>): Promise<never> {
    const broker = await MeteredBroker.start(options);
    try {
      await measure(broker);
    } finally {
      await broker.stop();
    }
    process.exit(0); // its clients don't wonder where it is
  }

  static async start(options: BrokerOptions = {}): Promise<MeteredBroker> {
    const directory = mkdtempSync(join(tmpdir(), 'leveret-turns-'));
    const child = fork(PROCESS, [JSON.stringify({ ...options, dataDir: directory })]);
    const [addresses] = await once(child, 'message');
    return new MeteredBroker(child, addresses as Addresses, directory);
  }

  /** A channel on a connection of its own. */
  async channel(): Promise<Channel> {
    const connection = await connect(`${this.url}?heartbeat=0`);
    connection.on('error', () => undefined); // the broker goes without a word
    return connection.createChannel();
  }

  /** Asks the management API, and waits for all of its answer. */
  async request(path: string, { method = 'GET', body }: { method?: string; body?: object } = {}): Promise<unknown> {
    const reply = await fetch(`${this.managementUrl}/api${path}`, {
      method,
      headers: { authorization: LOGIN, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    if (!reply.ok) console.log(`${path}: status ${reply.status}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** What the turns were like since this was asked last. */
  async turns(): Promise<TurnReport> {
    this.child.send('turns');
    const [report] = await once(this.child, 'message');
    return report as TurnReport;
  }

  /** The longest turn of the event loop during the work, in milliseconds of processor time, garbage collection aside. */
  async longestTurnMs(work: () => Promise<unknown>): Promise<number> {
    await this.turns();
    await work();
    return (await this.turns()).longestOfOurs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
    rmSync(this.directory, { recursive: true });
  }
}
