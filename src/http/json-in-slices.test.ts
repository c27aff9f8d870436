import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJson } from '../json/exact-json.ts';
import { countTurns } from '../time/time-slices.test.helper.ts';
import { parseInSlices } from './json-in-slices.ts';

/** So that a text is not parsed in one go. */
const BLANKS = ' '.repeat(70_000);

test('what is parsed in slices is what JSON.parse makes of it', async () => {
  const texts = fc.oneof(
    fc.json({ stringUnit: 'binary' }),
    fc.json().map((text) => JSON.stringify([text, JSON.stringify(text)], null, 2)),
    fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', '\\', '\n', '0', 'x', ':'))
      .map(([text, at, put]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + 1);
      }),
    fc.constantFrom(
      '{"__proto__":{"a":1}}',
      '{"a":1,"a":2}',
      '01',
      '-',
      '1e5',
      '9007199254740993',
      '18446744073709551616',
      '"\u0001"',
      '"\\ud83d\\ude00"',
      '[1,]',
      '',
      '[[]',
      '{"a"}',
    ),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      const parsed = parseInSlices(BLANKS + text);
      let expected: unknown;
      try {
        expected = parseJson(text);
      } catch {
        await assert.rejects(parsed, SyntaxError);
        return;
      }
      assert.deepEqual(await parsed, expected);
    }),
    { numRuns: 500 },
  );
});

test('a long string with escapes is put together from its pieces', async () => {
  const text = `${'\\"ä😀\u2028\n'.repeat(100_000)}"`;
  assert.equal(await parseInSlices(JSON.stringify(text)), text);
});

test('what is nested too deeply is refused', async () => {
  await assert.rejects(parseInSlices(BLANKS + '['.repeat(100_000)), /nested more than 72 deep/);
});

test('a large text takes many turns', async (t) => {
  const text = JSON.stringify(Array.from({ length: 20_000 }, (_, i) => ({ name: `queue-${i}` })));
  assert.ok((await countTurns(t, () => parseInSlices(text))) > 50);
});
