import type pc from 'picocolors';
import type { Broker } from '../running-broker.ts';

type Colors = ReturnType<typeof pc.createColors>;

/** What there is to say about a broker that has just started. */
export interface BannerFacts {
  readonly version: string;
  readonly url: string;
  /** Undefined: there is no management API. */
  readonly managementUrl: string | undefined;
  /** Undefined: messages are only in memory. */
  readonly dataDir: string | undefined;
  readonly storage: Broker['storage'];
  readonly pid: number;
  readonly startedInMs: number;
}

const STORAGE: Readonly<Record<Broker['storage'], string>> = {
  memory: 'in memory: nothing survives a restart',
  mapped: 'mapped into memory',
  files: 'read and written as plain files',
};

const HARE = ['(\\ /)  ', '( . .) ', 'c(")(")'];
const NO_HARE = '       ';

/** A few lines that tell a person that the broker runs, where, and how to stop it. */
export function banner(shown: BannerFacts, colors: Colors): string {
  const { version, url, managementUrl, dataDir, storage, pid, startedInMs } = shown;
  const facts = [
    `${colors.bold('Leveret')} ${version}`,
    `${colors.dim('AMQP')}  ${colors.cyan(url)}`,
    ...(managementUrl === undefined ? [] : [`${colors.dim('HTTP')}  ${colors.cyan(managementUrl)}`]),
    `${colors.dim('Data')}  ${dataDir === undefined ? '' : `${dataDir}, `}${STORAGE[storage]}`,
    `${colors.dim('Run ')}  pid ${pid}, started in ${startedInMs} ms, Ctrl-C stops it`,
  ];
  const lines = facts.map((fact, index) => `  ${colors.yellow(HARE[index] ?? NO_HARE)}  ${fact}\n`);
  return `\n${lines.join('')}\n`;
}
