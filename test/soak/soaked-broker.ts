import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerProcess } from '../support/broker-process.ts';

/** What a broker takes of its machine. */
export interface Figures {
  readonly rssOctets: number;
  readonly heapOctets: number;
  readonly descriptors: number;
  readonly diskOctets: number;
}

/** A broker in a process of its own, with a data directory and a management API. */
export class SoakedBroker {
  private readonly broker: BrokerProcess;
  private readonly directory: string;

  constructor(broker: BrokerProcess, directory: string) {
    this.broker = broker;
    this.directory = directory;
  }

  async figures(): Promise<Figures> {
    const { broker, directory } = this;
    return {
      rssOctets: broker.residentOctets,
      heapOctets: await this.heapOctets(),
      descriptors: broker.descriptorCount,
      diskOctets: usedOctets(directory),
    };
  }

  /** What is in use of JavaScript's heap, as the broker's metrics tell. */
  private async heapOctets(): Promise<number> {
    const response = await fetch(`${this.broker.managementUrl}/metrics`);
    return Number(/^leveret_heap_used_bytes (\S+)/m.exec(await response.text())?.[1]);
  }

  /** Changes something by the management API. @param path what comes after `/api` */
  async change(method: 'PUT' | 'DELETE', path: string, body?: object): Promise<void> {
    const headers = { authorization: `Basic ${btoa('guest:guest')}`, 'content-type': 'application/json' };
    const url = `${this.broker.managementUrl}/api${path}`;
    const response = await fetch(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  }
}

/** Disk space, in blocks, that everything in the directory takes. */
function usedOctets(directory: string): number {
  let octets = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    octets += (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  }
  return octets;
}
