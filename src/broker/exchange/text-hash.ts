const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** 32 unsigned bits that depend evenly on all of the text, and are the same in every process: FNV-1a, then mixed. */
export function textHash(text: string): number {
  let value = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    value = Math.imul(value ^ (unit & 0xff), FNV_PRIME);
    if (unit > 0xff) value = Math.imul(value ^ (unit >>> 8), FNV_PRIME);
  }
  return mixed(value);
}

/** Has every bit of the value decide about every bit of the result (MurmurHash3's finalizer). */
export function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
