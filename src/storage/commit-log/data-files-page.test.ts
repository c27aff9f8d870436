import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, mock, test } from 'node:test';
import { bodyOf, incomingMessage } from '../../protocol/message.test.helper.ts';
import { Message } from '../../protocol/message.ts';
import { readDefinitionsFile } from '../definitions/definitions-file.ts';
import { DefinitionsTable } from '../definitions/definitions-table.ts';
import { ReadOnlyFiles } from '../disk/read-only-files.ts';
import { TemporaryDirectory } from '../disk/temporary-directory.test.helper.ts';
import { AckFile } from './ack-file.ts';
import { seedOf } from './checksum.ts';
import { openLog, SMALL_SEGMENT_OCTETS } from './commit-log.test.helper.ts';
import { kindOf, orderOf, TARGET_COUNT_WORD, timestampMsOf, viewRecord } from './record.ts';
import { SEGMENT_HEADER_OCTETS } from './segment.ts';
import { ReadSegment } from './segment-reader.ts';

const PAGE = readFileSync(new URL('../../../docs/internals/data-files.md', import.meta.url), 'utf8');
const SALT = 0x2a;
const PUBLISHED_MS = Date.UTC(2026, 0, 1);
const SEGMENT = '0000000001.log';
const ACKS = '0000000001.acks';

/** What stands in the page's code block of that language. */
function block(language: string): string {
  return new RegExp(`\n\`\`\`${language}\n([^]*?)\`\`\`\n`).exec(PAGE)![1]!;
}

/** The octets of a hex dump: an offset, two spaces, and octets, two digits each. */
function octetsOf(dump: string): Buffer {
  let octets = Buffer.alloc(0);
  for (const line of dump.split('\n').filter((text) => text !== '')) {
    const [, offset, digits] = /^([0-9a-f]{4}) {2}((?:[0-9a-f]{2} ?)+)(?: {2}|$)/.exec(line)!;
    assert.equal(Number.parseInt(offset!, 16), octets.length, `offset of: ${line}`);
    octets = Buffer.concat([octets, Buffer.from(digits!.replaceAll(' ', ''), 'hex')]);
  }
  return octets;
}

/** Has the log write what the page's example tells of. */
async function writeExample(path: string): Promise<void> {
  writeFileSync(join(path, 'salt'), `${SALT.toString(16).padStart(8, '0')}\n`);
  mock.timers.enable({ apis: ['Date'], now: PUBLISHED_MS });
  try {
    const opened = openLog(path, undefined);
    const { store } = opened.log;
    const properties = { deliveryMode: 2 };
    const message = incomingMessage({ routingKey: 'orders', body: 'hello', properties, layout: 'apart' });
    const slot = store.append(message, Int32Array.of(7, 8), 0);
    store.retain(slot);
    store.delivered(slot, 7, true);
    store.acknowledged(slot, 7);
    store.release(slot);
    await opened.log.close();
  } finally {
    mock.timers.reset();
  }
}

describe('the page about data files', () => {
  test('shows the octets that are written', async () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    await writeExample(path);
    assert.deepEqual(octetsOf(block('segment')), readFileSync(join(path, SEGMENT)));
    assert.deepEqual(octetsOf(block('acks')), readFileSync(join(path, ACKS)));
  });

  test('shows a segment that reads as it says', () => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    const name = { number: 1, kind: 'log' } as const;
    writeFileSync(join(path, SEGMENT), octetsOf(block('segment')));
    const segment = ReadSegment.read(new ReadOnlyFiles(), path, name, SALT, Buffer.alloc(SMALL_SEGMENT_OCTETS));
    const { version, number, salt, sizeOctets } = segment.header!;
    assert.deepEqual([version, number, salt, sizeOctets], [1, 1, SALT, SMALL_SEGMENT_OCTETS]);
    const found: number[] = [];
    assert.deepEqual(segment.scan((offset, length) => found.push(offset, length)).gaps, []);
    assert.deepEqual(found, [SEGMENT_HEADER_OCTETS, 88]);
    const { words, octets } = segment;
    const at = SEGMENT_HEADER_OCTETS >> 2;
    const facts = [kindOf(words, at), orderOf(words, at), timestampMsOf(words, at), words[at + TARGET_COUNT_WORD]];
    assert.deepEqual(facts, [1, 1, PUBLISHED_MS, 2]);
    const message = new Message();
    viewRecord(words, octets, SEGMENT_HEADER_OCTETS, message);
    assert.deepEqual([message.exchange, message.routingKey, bodyOf(message).toString()], ['', 'orders', 'hello']);
    assert.deepEqual(message.properties(), { deliveryMode: 2 });
  });

  test('shows acknowledgements that read as it says', () => {
    using directory = new TemporaryDirectory();
    const path = join(directory.path, ACKS);
    writeFileSync(path, octetsOf(block('acks')));
    const told: string[] = [];
    const acks = new AckFile(new ReadOnlyFiles(), path, seedOf(SALT, 1));
    const unfinishedOctets = acks.read({
      acknowledged: (offset, queue) => told.push(`${queue} acknowledged ${offset}`),
      delivered: (offset, queue) => told.push(`${queue} delivered ${offset}`),
      returned: (offset, queue, count) => told.push(`${queue} got ${offset} back ${count} times`),
      damaged: (offset) => told.push(`damaged at ${offset}`),
    });
    acks.close();
    assert.deepEqual([told, unfinishedOctets], [['7 delivered 64', '7 acknowledged 64'], 0]);
  });

  test('shows definitions that read as it says', () => {
    const octets = Buffer.from(block('definitions'));
    const { texts, soundOctets } = readDefinitionsFile(octets, 'the page');
    assert.equal(soundOctets, octets.length);
    const table = new DefinitionsTable();
    table.applyLines(texts);
    assert.deepEqual(Object.fromEntries(table.counts), { counter: 1, queue: 0, segment: 1 });
  });
});
