import assert from 'node:assert/strict';
import { test } from 'node:test';
import pc from 'picocolors';
import { humanLine } from './human-line.ts';

const plain = pc.createColors(false);
const time = new Date(2024, 0, 2, 12, 3, 4).getTime();

const line = (event: object) => humanLine(JSON.stringify({ level: 30, time, ...event }), plain);

test('time, level, text and fields', () => {
  assert.equal(
    line({ msg: 'queue deleted', vhost: '/', messages: 3, durable: true }),
    '12:03:04 INFO  queue deleted vhost=/ messages=3 durable=true\n',
  );
});

test('levels line up', () => {
  const starts = [10, 20, 30, 40, 50, 60, 35].map((level) => line({ level, msg: 'x' }).slice(9, 17));
  assert.deepEqual(starts, ['TRACE x\n', 'DEBUG x\n', 'INFO  x\n', 'WARN  x\n', 'ERROR x\n', 'FATAL x\n', '      x\n']);
});

test('text with blanks is quoted, so that fields stay apart', () => {
  assert.equal(line({ msg: 'x', queue: 'a b', empty: '' }), '12:03:04 INFO  x queue="a b" empty=""\n');
});

test('names cannot forge lines or colours', () => {
  assert.equal(
    line({ msg: 'login refused\nfor', user: 'a\n12:00:00 INFO  \u001b[31m', other: 'x\u009b' }),
    '12:03:04 INFO  login refused\\u000afor user="a\\n12:00:00 INFO  \\u001b[31m" other="x\\u009b"\n',
  );
});

test('an error shows its stack below the line', () => {
  const event = { level: 60, msg: 'failed', err: { type: 'Error', message: 'no', stack: 'Error: no\n    at here:1' } };
  assert.equal(line(event), '12:03:04 FATAL failed\n    Error: no\n    at here:1\n');
});

test('colours come from the palette', () => {
  const text = humanLine(JSON.stringify({ level: 50, time, msg: 'no' }), pc.createColors(true));
  assert.ok(text.includes(pc.createColors(true).red('ERROR')), text);
});
