import type { Message } from '../../protocol/message.ts';

/** A copy of so many octets of the body at most. */
export function beginningOf({ pieces, body, bodyStart, bodyEnd }: Message, limitOctets: number): Buffer {
  if (pieces === undefined) return Buffer.from(body.subarray(bodyStart, Math.min(bodyEnd, bodyStart + limitOctets)));
  const wanted: Buffer[] = [];
  let left = limitOctets;
  for (const piece of pieces) {
    if (left <= 0) break;
    wanted.push(piece.subarray(0, left));
    left -= piece.length;
  }
  return Buffer.concat(wanted);
}
