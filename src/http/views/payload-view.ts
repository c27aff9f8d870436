import { isUtf8 } from 'node:buffer';
import type { JsonObject } from '../listing/columns.ts';

/** Of one character in UTF-8. */
const MAX_CHARACTER_OCTETS = 4;

/** A body as the API shows it: as text if it is one, else in base64. Where it was cut, no character is cut. */
export function payloadView(body: Buffer, sizeOctets: number): JsonObject {
  const text = body.length < sizeOctets ? wholeCharacters(body) : body;
  const isText = isUtf8(text);
  return {
    payload_bytes: sizeOctets,
    payload: isText ? text.toString('utf8') : body.toString('base64'),
    payload_encoding: isText ? 'string' : 'base64',
  };
}

/** Without the beginning of a character at its end. */
function wholeCharacters(octets: Buffer): Buffer {
  const last = Math.max(0, octets.length - MAX_CHARACTER_OCTETS);
  for (let end = octets.length; end > last; end--) {
    const octet = octets[end - 1]!;
    if (octet < 0x80) return octets;
    if (octet >= 0xc0) return isUtf8(octets.subarray(end - 1)) ? octets : octets.subarray(0, end - 1);
  }
  return octets;
}
