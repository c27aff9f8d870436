import type { Json } from '../../storage/definitions/definition-line.ts';

/** What a value takes beside its texts. */
const VALUE_OCTETS = 4;

/** Whether the value is about as large as that, or smaller: values up to the limit are looked at. */
export function isWithin(limitOctets: number, value: Json): boolean {
  const pending: Json[] = [value];
  let size = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    size += VALUE_OCTETS;
    if (typeof next === 'string') size += next.length;
    else if (typeof next === 'object' && next !== null) {
      for (const key in next) {
        size += Array.isArray(next) ? 0 : key.length;
        pending.push((next as { readonly [name: string]: Json })[key]!);
        if (size + pending.length > limitOctets) return false;
      }
    }
    if (size > limitOctets) return false;
  }
  return true;
}
