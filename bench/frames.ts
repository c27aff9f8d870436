import { OctetWriter } from '#src/protocol/octet-writer.js';

/** A frame on channel 1. */
export function frame(type: number, payload: Buffer): Buffer {
  return new OctetWriter().octet(type).short(1).long(payload.length).raw(payload).octet(0xce).finish();
}
