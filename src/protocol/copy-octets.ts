/** Below this a loop is faster than the call into the runtime and the view that it needs (bench/copy-octets.bench.ts). */
const LOOP_LIMIT_OCTETS = 96;

/** Copies `source[start, end)` to `target` at `at`, which must have the room; returns where the copy ends. */
export function copyOctets(source: Buffer, start: number, end: number, target: Buffer, at: number): number {
  const length = end - start;
  if (length <= LOOP_LIMIT_OCTETS) {
    for (let i = 0; i < length; i++) target[at + i] = source[start + i]!;
  } else {
    source.copy(target, at, start, end);
  }
  return at + length;
}

export function sameOctets(a: Buffer, aStart: number, aEnd: number, b: Buffer): boolean {
  const length = aEnd - aStart;
  if (length !== b.length) return false;
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[i]) return false;
  return true;
}
