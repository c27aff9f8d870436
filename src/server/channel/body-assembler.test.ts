import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { extent } from '../../extent.test.helper.ts';
import { BodyAssembler } from './body-assembler.ts';

/**
 * The pieces of a body that arrived in chunks of these sizes, each with so much else in it.
 * @param isStable false: the chunks' octets change as soon as they are handled
 */
function assemble(
  body: Buffer,
  parts: readonly (readonly [size: number, besides: number])[],
  isStable = true,
): Buffer[] {
  const assembler = new BodyAssembler();
  let at = 0;
  for (let i = 0; at < body.length; i++) {
    const [size, besides] = parts[i % parts.length]!;
    const end = Math.min(body.length, at + size);
    const chunk = Buffer.allocUnsafeSlow(end - at + besides);
    body.copy(chunk, besides, at, end);
    assembler.add(chunk, besides, chunk.length, body.length - at, isStable);
    if (!isStable) chunk.fill(0xee);
    at = end;
  }
  return assembler.take();
}

/** Memory that the pieces keep alive, with a guess at what the views themselves cost. */
function keptOctets(pieces: readonly Buffer[]): number {
  const buffers = new Set(pieces.map(({ buffer }) => buffer));
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0) + pieces.length * 200;
}

test('a body is the same however it came, and the assembler is empty for the next', () => {
  const parts = fc.array(fc.tuple(fc.integer({ min: 1, max: 70_000 }), fc.nat(70_000)), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.nat(200_000), parts, fc.boolean(), (size, cuts, isStable) => {
      const body = Buffer.from(Uint8Array.from({ length: size }, (_, i) => i * 7));
      const pieces = assemble(body, cuts, isStable);
      assert.ok(Buffer.concat(pieces).equals(body));
      assert.ok(keptOctets(pieces) <= 4.5 * size + 70_000);
    }),
    { numRuns: extent({ usual: 20, soak: 1000 }) },
  );
});

describe('a body keeps no more than a few times its size in memory, however it is cut', () => {
  const SIZE = 512 * 1024;
  const cuts: readonly (readonly [what: string, parts: readonly (readonly [number, number])[], factor: number])[] = [
    ['octet by octet', [[1, 0]], 1.1],
    ['octet by octet, each in a frame', [[1, 8]], 1.1],
    ['in tiny frames', [[16, 8]], 1.1],
    [
      'large chunks and single octets in turn',
      [
        [8192, 0],
        [1, 8],
      ],
      2,
    ],
    [
      'small chunks and single octets in turn',
      [
        [20, 0],
        [1, 8],
      ],
      1.1,
    ],
    ['frames that fill their chunks', [[65_000, 100]], 1.1],
    ['parts of a quarter of their chunks', [[16_384, 49_152]], 4.2],
    ['parts of less', [[10_000, 50_000]], 1.1],
  ];
  for (const [what, parts, factor] of cuts) {
    test(what, () => {
      const kept = keptOctets(assemble(Buffer.alloc(SIZE, 1), parts));
      assert.ok(kept <= SIZE * factor, `${(kept / SIZE).toFixed(2)} times`);
    });
  }
});

test('large parts stay where they came in', () => {
  const assembler = new BodyAssembler();
  const chunk = Buffer.allocUnsafeSlow(60_000);
  assembler.add(chunk, 100, 60_000, 100_000, true);
  assert.equal(assembler.take()[0]?.buffer, chunk.buffer);
});

test('large parts are copied once, into one buffer, where the next chunk comes in their place', () => {
  const body = Buffer.from(Uint8Array.from({ length: 60_000 }, (_, i) => i * 7));
  const pieces = assemble(body, [[20_000, 100]], false);
  assert.deepEqual(pieces, [body]);
});
