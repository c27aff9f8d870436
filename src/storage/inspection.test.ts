import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { incomingMessage } from '../protocol/message.test.helper.ts';
import { CommitLog } from './commit-log/commit-log.ts';
import { openDataDirectory } from './data-directory.ts';
import { DefinitionsLog } from './definitions/definitions-log.ts';
import { DataDirectoryError } from './disk/data-directory-error.ts';
import { GroupCommit } from './disk/group-commit.ts';
import { NodeFiles } from './disk/node-files.ts';
import { TemporaryDirectory } from './disk/temporary-directory.test.helper.ts';
import { DurableNumbers } from './durable-numbers.ts';
import { inspectDataDirectory } from './inspection.ts';
import { DefinedSegments } from './segment-manifest.ts';

const SEGMENT = join('messages', '0000000001.log');

/** What a broker has open in a data directory, as far as it matters here. */
class OpenDirectory {
  readonly commit = new GroupCommit();
  readonly definitions: DefinitionsLog;
  private readonly log: CommitLog;
  private readonly numbers: DurableNumbers;
  private readonly close: () => void;

  constructor(path: string) {
    const files = new NodeFiles(undefined);
    const directory = openDataDirectory(path, files, undefined);
    const { commit } = this;
    this.definitions = DefinitionsLog.open(files, path, commit);
    this.log = new CommitLog({
      path: join(path, 'messages'),
      files,
      native: undefined,
      commit,
      listener: { outOfSegments: () => undefined, writeFailed: () => undefined, damaged: () => undefined },
      manifest: new DefinedSegments(this.definitions),
      segmentSizeOctets: 64 * 1024,
      placeCount: 4,
    });
    this.log.recover({ queue: () => undefined, damaged: () => undefined });
    this.numbers = new DurableNumbers(this.definitions, 'queues');
    this.close = () => directory.close();
  }

  queue(vhost: string, name: string): number {
    const number = this.numbers.next();
    this.definitions.put('queue', [vhost, name], { vhost, name, durable_id: number });
    return number;
  }

  publish(queue: number, bodySize: number): void {
    this.log.store.append(incomingMessage({ body: Buffer.alloc(bodySize) }), Int32Array.of(queue), 0);
  }

  async end(): Promise<void> {
    await this.log.close();
    await this.commit.flushed();
    this.definitions.close();
    this.close();
  }
}

/** A directory with two queues, one of them with a message of 10 octets. */
async function writeDirectory(path: string): Promise<void> {
  const open = new OpenDirectory(path);
  open.queue('/', 'orders');
  open.publish(open.queue('/', 'invoices'), 10);
  await open.commit.flushed();
  await open.end();
}

/** What is wrong with the directory, a line each. */
function problems(path: string): string[] {
  return inspectDataDirectory(path).damages.map(({ file, reason }) => `${file}: ${reason}`);
}

describe('the inspection of a data directory', () => {
  test('names the queues, counts definitions, and finds nothing wrong', async () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    await writeDirectory(path);
    const report = inspectDataDirectory(path);
    assert.deepEqual([report.path, report.format, report.lockedByPid], [path, 1, undefined]);
    assert.deepEqual(report.queues, [
      { vhost: '/', name: 'invoices', number: 2, messages: 1, octets: 10 },
      { vhost: '/', name: 'orders', number: 1, messages: 0, octets: 0 },
    ]);
    assert.deepEqual(report.definitions, { counter: 1, queue: 2, segment: 1 });
    assert.deepEqual([report.damages, report.unfinished, report.quarantined], [[], [], []]);
    const sizeOctets = readdirSync(path, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(path, name)))
      .reduce((sum, { blocks }) => sum + blocks * 512, 0);
    assert.equal(report.diskOctets, sizeOctets);
  });

  test('says who has it locked, and looks nevertheless', async () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    const open = new OpenDirectory(path);
    open.publish(open.queue('/', 'orders'), 10);
    await open.commit.flushed();
    const { lockedByPid, damages, log } = inspectDataDirectory(path);
    assert.deepEqual([lockedByPid, damages, log.messages], [process.pid, [], 1]);
    await open.end();
    assert.equal(inspectDataDirectory(path).lockedByPid, undefined);
  });

  test('a queue that was deleted has no messages; one that never was is a sign of lost definitions', async () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    await writeDirectory(path);
    const open = new OpenDirectory(path);
    open.definitions.remove('queue', ['/', 'invoices']);
    await open.end();
    assert.deepEqual([problems(path), inspectDataDirectory(path).log.messages], [[], 0]);

    using other = new TemporaryDirectory();
    const stranger = new OpenDirectory(other.path);
    stranger.publish(77, 10);
    await stranger.commit.flushed();
    await stranger.end();
    assert.deepEqual(problems(other.path), [
      'definitions.log: queue number 77 is not defined, and never was, but has messages',
    ]);
  });

  test('a torn line is unfinished, a damaged one is damage, and the messages are counted without names', async () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    await writeDirectory(path);
    const file = join(path, 'definitions.log');
    const octets = readFileSync(file);
    writeFileSync(file, '1234abcd 20 0 [["put', { flag: 'a' });
    const { unfinished, damages } = inspectDataDirectory(path);
    assert.deepEqual(unfinished, [{ file: 'definitions.log', offset: octets.length, sizeOctets: 20 }]);
    assert.deepEqual(damages, []);
    assert.equal(readFileSync(file).length, octets.length + 20, 'it was cut');

    octets[octets.indexOf('orders')] = 0x78;
    writeFileSync(file, octets);
    const { damages: found, queues } = inspectDataDirectory(path);
    const start = octets.lastIndexOf('\n', octets.indexOf('xrders')) + 1;
    const sizeOctets = octets.indexOf('\n', start) + 1 - start;
    assert.deepEqual(found, [{ file: 'definitions.log', offset: start, sizeOctets, reason: 'no valid line' }]);
    assert.deepEqual(queues, [{ vhost: '', name: '', number: 2, messages: 1, octets: 10 }]);
  });

  test('files that are missing, or not the log’s, do not go unnoticed', async () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    await writeDirectory(path);
    writeFileSync(join(path, 'messages', 'notes.txt'), '');
    rmSync(join(path, SEGMENT));
    assert.deepEqual(problems(path), [
      `${SEGMENT}: missing, and the messages in it`,
      `${join('messages', 'notes.txt')}: not a file of the message log`,
    ]);
    rmSync(join(path, 'definitions.log'));
    assert.ok(problems(path).includes('definitions.log: missing, with what queues there are'));
  });

  test('what is no data directory is refused, and left as it is', () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    const refusal = (at: string) => {
      assert.throws(() => inspectDataDirectory(at), DataDirectoryError);
    };
    refusal(path);
    refusal(join(path, 'nowhere'));
    assert.deepEqual(readdirSync(path), []);
    writeFileSync(join(path, 'format.json'), '{"product":"leveret","format":2}');
    refusal(path);
  });

  test('a directory that was only just begun is sound', () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    writeFileSync(join(path, 'format.json'), '{"product":"leveret","format":1}');
    mkdirSync(join(path, 'messages'));
    const { log, queues, damages } = inspectDataDirectory(path);
    assert.deepEqual([log.segments, queues, damages], [[], [], []]);
  });
});
