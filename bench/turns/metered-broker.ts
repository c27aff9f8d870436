import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrokerOptions } from '#src/index.js';
import type { TurnReport } from './turn-meter.ts';

const PROCESS = new URL('broker-process.js', import.meta.url);

interface Addresses {
  readonly url: string;
  readonly managementUrl: string;
}

/** A broker with a data directory in a process of its own, whose event loop's turns are measured. */
export class MeteredBroker {
  readonly url: string;
  readonly managementUrl: string;
  private readonly child: ChildProcess;
  private readonly directory: string;

  private constructor(child: ChildProcess, { url, managementUrl }: Addresses, directory: string) {
    this.child = child;
    this.url = url;
    this.managementUrl = managementUrl;
    this.directory = directory;
  }

  static async start(options: BrokerOptions = {}): Promise<MeteredBroker> {
    const directory = mkdtempSync(join(tmpdir(), 'leveret-turns-'));
    const child = fork(PROCESS, [JSON.stringify({ ...options, dataDir: directory })]);
    const [addresses] = await once(child, 'message');
    return new MeteredBroker(child, addresses as Addresses, directory);
  }

  /** What the turns were like since this was asked last. */
  async turns(): Promise<TurnReport> {
    this.child.send('turns');
    const [report] = await once(this.child, 'message');
    return report as TurnReport;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
    rmSync(this.directory, { recursive: true });
  }
}
