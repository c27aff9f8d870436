const PRIME_1 = 0x9e3779b1 | 0;
const PRIME_2 = 0x85ebca77 | 0;
const PRIME_3 = 0xc2b2ae3d | 0;
const PRIME_4 = 0x27d4eb2f | 0;

/**
 * A 32-bit checksum of `words[from, to)`: four lanes of multiply-and-mix, so that the processor works on four words at a
 * time. Each step can be undone, so one damaged word changes the result for certain, and any other damage with all but one
 * chance in four thousand million. Why not CRC-32: see docs/adr/0006 (a quarter of the time, and no view of the octets).
 *
 * @param seed where the words belong: what was written elsewhere does not pass here
 */
export function checksum(words: Int32Array, from: number, to: number, seed: number): number {
  let at = from;
  let a = seed;
  let b = seed ^ PRIME_2;
  let c = seed ^ PRIME_3;
  let d = seed ^ PRIME_4;
  for (const last = to - 3; at < last; at += 4) {
    a = Math.imul(a ^ words[at]!, PRIME_1);
    b = Math.imul(b ^ words[at + 1]!, PRIME_2);
    c = Math.imul(c ^ words[at + 2]!, PRIME_3);
    d = Math.imul(d ^ words[at + 3]!, PRIME_4);
    a ^= a >>> 15;
    b ^= b >>> 13;
    c ^= c >>> 16;
    d ^= d >>> 14;
  }
  for (; at < to; at++) {
    a = Math.imul(a ^ words[at]!, PRIME_1);
    a ^= a >>> 15;
  }
  a = Math.imul(a ^ b, PRIME_2);
  a = Math.imul(a ^ (a >>> 15) ^ c, PRIME_3);
  a = Math.imul(a ^ (a >>> 13) ^ d, PRIME_4);
  return a ^ (a >>> 16);
}

/** The seed of one segment's records: the data directory's salt, and the number that no other segment ever has. */
export function seedOf(salt: number, segmentNumber: number): number {
  let seed = Math.imul(salt ^ segmentNumber, PRIME_1);
  seed = Math.imul(seed ^ (seed >>> 15), PRIME_2);
  return seed ^ (seed >>> 13);
}
