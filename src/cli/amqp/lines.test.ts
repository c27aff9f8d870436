import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { linesOf, wholeOf } from './lines.ts';

async function* chunksOf(octets: Buffer, ends: readonly number[]): AsyncGenerator<Buffer> {
  let start = 0;
  for (const end of [...ends].sort((a, b) => a - b)) {
    yield octets.subarray(start, end);
    start = end;
  }
  yield octets.subarray(start);
}

async function linesIn(chunks: AsyncIterable<Buffer>): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of linesOf(chunks)) lines.push(...batch.map((line) => line.toString('latin1')));
  return lines;
}

test('lines are what is between line feeds, however the stream is cut', async () => {
  const text = fc.array(fc.constantFrom('a', 'ÿ', '\r', '\n'), { maxLength: 30 }).map((parts) => parts.join(''));
  const cuts = fc.array(fc.nat(30), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(text, cuts, async (whole, ends) => {
      const expected = whole.split('\n');
      if (expected.at(-1) === '') expected.pop();
      const octets = Buffer.from(whole, 'latin1');
      assert.deepEqual(await linesIn(chunksOf(octets, ends)), expected);
      assert.deepEqual(await wholeOf(chunksOf(octets, ends)), octets);
    }),
    { numRuns: 200 },
  );
});
