import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isLogFileName } from './commit-log/commit-log.ts';
import { LogInspection } from './commit-log/log-inspection.ts';
import type { DamageReport, LogReport, UnfinishedReport } from './commit-log/log-report.ts';
import { FORMAT_FILE, requireKnownFormat } from './data-directory.ts';
import { DamagedDefinitionsError, readDefinitionsFile } from './definitions/definitions-file.ts';
import { DEFINITIONS_FILE } from './definitions/definitions-log.ts';
import { DefinitionsTable } from './definitions/definitions-table.ts';
import { DataDirectoryError, explainSystemError } from './disk/data-directory-error.ts';
import { LOCK_FILE, lockHolder } from './disk/directory-lock.ts';
import type { Files } from './disk/files.ts';
import { ReadOnlyFiles } from './disk/read-only-files.ts';
import { readWhole } from './disk/whole-file.ts';
import { reservedEndOf } from './durable-numbers.ts';
import { missingParts } from './file-inventory.ts';
import { IDENTITIES_FILE } from './identities/identity-log.ts';
import { IDENTITIES_TITLE, IDENTITY_RECORD_OCTETS, readIdentities } from './identities/identity-record.ts';
import { listedSegments } from './segment-manifest.ts';

const MESSAGES = 'messages';
const BLOCK_OCTETS = 512;

/** A durable queue, or what an exchange keeps of messages, with what it would get back at a start. */
export interface QueueReport {
  readonly vhost: string;
  readonly name: string;
  readonly number: number;
  readonly messages: number;
  /** Of the messages' bodies. */
  readonly octets: number;
}

/** What a data directory holds. Names of files are relative to it. */
export interface DirectoryReport {
  /** Absolute. */
  readonly path: string;
  readonly format: number;
  /** The process of the broker that uses it at the moment; undefined: none that can be seen from here. */
  readonly lockedByPid: number | undefined;
  /** How many definitions there are of each kind. */
  readonly definitions: Readonly<Record<string, number>>;
  /** Every durable queue. */
  readonly queues: readonly QueueReport[];
  /** Every durable exchange that keeps messages, or something of them. */
  readonly exchanges: readonly QueueReport[];
  /** How many records there are of messages that exchanges have seen, forgotten ones among them. */
  readonly identities: number;
  readonly log: Omit<LogReport, 'queues' | 'damages' | 'unfinished'>;
  /** Damaged parts that were set aside at earlier starts. */
  readonly quarantined: readonly string[];
  /** What the directory takes of the disk, in octets. */
  readonly diskOctets: number;
  readonly damages: readonly DamageReport[];
  readonly unfinished: readonly UnfinishedReport[];
}

/**
 * Looks through a data directory, and checks every checksum in it, without changing anything. A broker may be running on it:
 * then the files change meanwhile, and the report's parts are of different moments.
 *
 * @throws DataDirectoryError if it is no data directory, or one that this version can't read
 */
export function inspectDataDirectory(path: string): DirectoryReport {
  const absolute = resolve(path);
  try {
    return new DirectoryInspection(absolute, new ReadOnlyFiles()).run();
  } catch (error) {
    throw explainSystemError(error, absolute);
  }
}

class DirectoryInspection {
  private readonly path: string;
  private readonly files: Files;
  private readonly damages: DamageReport[] = [];
  private readonly unfinished: UnfinishedReport[] = [];

  constructor(path: string, files: Files) {
    this.path = path;
    this.files = files;
  }

  run(): DirectoryReport {
    const { path, files, damages, unfinished } = this;
    if (!files.exists(join(path, FORMAT_FILE))) throw noDirectory(path, files);
    const format = requireKnownFormat(path, files);
    const lockedByPid = this.lockedByPid();
    const table = this.readDefinitions();
    const {
      queues: contents,
      damages: logDamages,
      unfinished: logUnfinished,
      ...log
    } = this.inspectLog(table, lockedByPid);
    for (const damage of logDamages) damages.push({ ...damage, file: join(MESSAGES, damage.file) });
    for (const rest of logUnfinished) unfinished.push({ ...rest, file: join(MESSAGES, rest.file) });
    const queues = table === undefined ? unnamedQueues(contents) : named(storedQueues(table), contents);
    const exchanges = table === undefined ? [] : named(storedKeepers(table), contents);
    const identities = this.countIdentities();
    const definitions = Object.fromEntries(table?.counts ?? []);
    const quarantined = this.list('quarantine');
    const diskOctets = diskUse(path);
    damages.sort((a, b) => compare(a.file, b.file) || a.offset - b.offset);
    const inspected = { definitions, queues, exchanges, identities, log, quarantined, diskOctets };
    return { path, format, lockedByPid, ...inspected, damages, unfinished };
  }

  private lockedByPid(): number | undefined {
    const path = join(this.path, LOCK_FILE);
    return this.files.exists(path) ? lockHolder(readWhole(this.files, path))?.pid : undefined;
  }

  /** Undefined: they are missing or damaged. */
  private readDefinitions(): DefinitionsTable | undefined {
    const path = join(this.path, DEFINITIONS_FILE);
    if (!this.files.exists(path)) {
      if (this.list(MESSAGES).length > 0) this.missing(DEFINITIONS_FILE, 'missing, with what queues there are');
      return undefined;
    }
    const octets = readWhole(this.files, path);
    try {
      const { texts, soundOctets } = readDefinitionsFile(octets, path);
      const sizeOctets = octets.length - soundOctets;
      if (sizeOctets > 0) this.unfinished.push({ file: DEFINITIONS_FILE, offset: soundOctets, sizeOctets });
      const table = new DefinitionsTable();
      table.applyLines(texts);
      return table;
    } catch (error) {
      if (!(error instanceof DamagedDefinitionsError)) throw error;
      const { offset, sizeOctets } = error;
      this.damages.push({ file: DEFINITIONS_FILE, offset, sizeOctets, reason: 'no valid line' });
      return undefined;
    }
  }

  private inspectLog(table: DefinitionsTable | undefined, lockedByPid: number | undefined): LogReport {
    const names = new Set(this.list(MESSAGES));
    for (const name of names)
      if (!isLogFileName(name)) this.missing(join(MESSAGES, name), 'not a file of the message log');
    if (lockedByPid === undefined && table !== undefined) {
      this.findMissingSegments(table, names);
      this.damages.push(...missingParts(table, this.files, this.path));
    }
    if (!this.files.exists(join(this.path, MESSAGES))) return EMPTY_LOG;
    const numbers = table === undefined ? undefined : new Set(numbersOf(table));
    const end = table === undefined ? 0 : reservedEndOf(table, 'queues');
    const report = new LogInspection({
      path: join(this.path, MESSAGES),
      files: this.files,
      isInUse: lockedByPid !== undefined,
      listed: new Set(table === undefined ? [] : listedSegments(table)),
      hasQueue: (number) => numbers === undefined || numbers.has(number) || number >= end,
    }).run();
    const unknown = [...report.queues.keys()].filter((number) => numbers !== undefined && !numbers.has(number));
    for (const number of unknown) {
      this.missing(DEFINITIONS_FILE, `queue number ${number} is not defined, and never was, but has messages`);
    }
    return report;
  }

  private countIdentities(): number {
    const path = join(this.path, IDENTITIES_FILE);
    if (!this.files.exists(path)) return 0;
    const octets = readWhole(this.files, path);
    if (octets.length >= IDENTITY_RECORD_OCTETS && IDENTITIES_TITLE.compare(octets, 0, IDENTITY_RECORD_OCTETS) !== 0) {
      this.missing(IDENTITIES_FILE, 'does not begin as such a file does');
      return 0;
    }
    const { records, soundOctets, damaged } = readIdentities(octets);
    for (const offset of damaged) {
      const sizeOctets = IDENTITY_RECORD_OCTETS;
      this.damages.push({ file: IDENTITIES_FILE, offset, sizeOctets, reason: 'checksum does not match' });
    }
    const sizeOctets = octets.length - soundOctets;
    if (sizeOctets > 0) this.unfinished.push({ file: IDENTITIES_FILE, offset: soundOctets, sizeOctets });
    return records.length;
  }

  /** Those of a running broker come and go. */
  private findMissingSegments(table: DefinitionsTable, names: ReadonlySet<string>): void {
    for (const name of listedSegments(table)) {
      if (!names.has(name)) this.missing(join(MESSAGES, name), 'missing, and the messages in it');
    }
  }

  private missing(file: string, reason: string): void {
    this.damages.push({ file, offset: 0, sizeOctets: 0, reason });
  }

  private list(name: string): string[] {
    const path = join(this.path, name);
    return this.files.exists(path) ? this.files.list(path) : [];
  }
}

const EMPTY_LOG: LogReport = {
  segments: [],
  queues: new Map(),
  messages: 0,
  liveOctets: 0,
  bodies: { files: 0, octets: 0 },
  leftovers: [],
  damages: [],
  unfinished: [],
};

function noDirectory(path: string, files: Files): DataDirectoryError {
  if (!files.exists(path)) return new DataDirectoryError(`there is no ${path}`, 'give the path of a data directory');
  const problem = `${path} has no ${FORMAT_FILE}: it is no data directory of leveret`;
  return new DataDirectoryError(problem, 'give the path that --data-dir has, or had');
}

/** What `DurableDefinitions` notes of a queue, as far as it matters here. */
interface StoredQueue {
  readonly name: string;
  readonly vhost: string;
  readonly durable_id: number;
}

/** The same of an exchange. */
interface StoredExchange {
  readonly name: string;
  readonly vhost: string;
  readonly durable_ids?: readonly number[];
}

function storedQueues(table: DefinitionsTable): StoredQueue[] {
  return [...table.definitions<StoredQueue>('queue')].map(({ value }) => value);
}

/** What of exchanges has a number as queues have, which is noted with the exchange. */
function storedKeepers(table: DefinitionsTable): StoredQueue[] {
  return [...table.definitions<StoredExchange>('exchange')].flatMap(({ value }) => {
    const { name, vhost, durable_ids: numbers = [] } = value;
    return numbers.map((number) => ({ name, vhost, durable_id: number }));
  });
}

function numbersOf(table: DefinitionsTable): number[] {
  return [...storedQueues(table), ...storedKeepers(table)].map(({ durable_id: number }) => number);
}

function named(stored: readonly StoredQueue[], contents: LogReport['queues']): QueueReport[] {
  const queues = stored.map(({ vhost, name, durable_id: number }) => {
    return { vhost, name, number, ...(contents.get(number) ?? { messages: 0, octets: 0 }) };
  });
  return queues.sort((a, b) => compare(a.vhost, b.vhost) || compare(a.name, b.name));
}

function unnamedQueues(contents: LogReport['queues']): QueueReport[] {
  return [...contents].map(([number, content]) => ({ vhost: '', name: '', number, ...content }));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** What the files of the directory take of the disk: those that are gone while it is looked at take nothing. */
function diskUse(path: string): number {
  let octets = 0;
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
    octets += (statSync(join(path, name), { throwIfNoEntry: false })?.blocks ?? 0) * BLOCK_OCTETS;
  }
  return octets;
}
