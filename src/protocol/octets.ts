/** Below this a loop is faster than any call. */
const LOOP_LIMIT_OCTETS = 12;

/**
 * Copies `source[start, end)` to `target` at `at`, which must have the room; returns where the copy ends. Fastest where
 * source and target are the same buffer: see Arena.
 */
export function copyOctets(source: Buffer, start: number, end: number, target: Buffer, at: number): number {
  const length = end - start;
  if (length <= LOOP_LIMIT_OCTETS) {
    for (let i = 0; i < length; i++) target[at + i] = source[start + i]!;
  } else if (source === target) {
    target.copyWithin(at, start, end);
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

/** Writes 32 bits in network order; returns what comes after. */
export function putLong(target: Buffer, at: number, value: number): number {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
  return at + 4;
}

/** Reads 32 bits in network order, signed: cheaper than the checked readers of Buffer. The octets must be there. */
export function getLong(source: Buffer, at: number): number {
  return (source[at]! << 24) | (source[at + 1]! << 16) | (source[at + 2]! << 8) | source[at + 3]!;
}
