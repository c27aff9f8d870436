import type { Payload } from '../api/answers.ts';

/** Ways to show a body. */
export type PayloadForm = 'text' | 'json' | 'hex';

/** Rows of a hex dump: more is of no use to people. */
const MAX_HEX_OCTETS = 4096;
const ROW_OCTETS = 16;

/** The forms that make sense for a body, the best one first. */
export function formsFor(payload: Payload): readonly PayloadForm[] {
  if (payload.payload_encoding === 'base64') return ['hex'];
  return prettyJson(payload.payload) === undefined ? ['text', 'hex'] : ['json', 'text', 'hex'];
}

export function shownAs(payload: Payload, form: PayloadForm): string {
  switch (form) {
    case 'text':
      return payload.payload;
    case 'json':
      return prettyJson(payload.payload) ?? payload.payload;
    case 'hex':
      return hexDump(octetsOf(payload));
  }
}

/** With line breaks; undefined: it is no object or list in JSON. */
function prettyJson(text: string): string | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}

export function octetsOf({ payload, payload_encoding: encoding }: Payload): Uint8Array {
  if (encoding === 'string') return new TextEncoder().encode(payload);
  return Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
}

/** Offset, sixteen octets, and the characters among them: `00000000  68 65 6c …  hel…`. */
export function hexDump(octets: Uint8Array): string {
  const rows: string[] = [];
  const end = Math.min(octets.length, MAX_HEX_OCTETS);
  for (let at = 0; at < end; at += ROW_OCTETS) {
    const row = [...octets.subarray(at, Math.min(end, at + ROW_OCTETS))];
    const hex = row.map((octet) => octet.toString(16).padStart(2, '0')).join(' ');
    const characters = row.map((octet) => (octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '.')).join('');
    rows.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(ROW_OCTETS * 3 - 1)}  ${characters}`);
  }
  return rows.join('\n') + (end < octets.length ? '\n…' : '');
}
