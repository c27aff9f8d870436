import { Message } from '../../protocol/message.ts';
import type { Properties } from '../../protocol/properties.ts';
import type { MessageStore } from '../../storage/message-store.ts';
import type { Queue } from '../queue/queue.ts';

/** What one call may show, however much was asked for. */
const MAX_MESSAGES = 1000;
const MAX_OCTETS = 32 * 1024 * 1024;
const BEFORE_FIRST = -1;

export interface BrowseOptions {
  /** So many messages at most. */
  readonly count: number;
  /** So many octets of each body. Default: all. */
  readonly bodyLimitOctets?: number;
}

/** A message as it lies in its queue. */
export interface BrowsedMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly redelivered: boolean;
  readonly properties: Properties;
  /** When it came to the broker: milliseconds since 1970. */
  readonly timestampMs: number;
  /** Of the whole body. */
  readonly bodySizeOctets: number;
  /** Its beginning, or all of it. */
  readonly body: Buffer;
}

/**
 * The first ready messages of a queue, in the order of their delivery. They stay as they are: not even `redelivered` changes.
 * At most 1000 messages, and 32 MiB of bodies in all: what is beyond is cut off.
 */
export function browseMessages(
  store: MessageStore,
  queue: Queue,
  { count, bodyLimitOctets = Number.POSITIVE_INFINITY }: BrowseOptions,
): BrowsedMessage[] {
  const view = new Message();
  let octetsLeft = MAX_OCTETS;
  return queue.listReady(BEFORE_FIRST, Math.min(count, MAX_MESSAGES)).map(({ slot, redelivered }) => {
    const timestampMs = store.timestampMs(slot);
    store.read(slot, view);
    const body = beginningOf(view, Math.min(bodyLimitOctets, octetsLeft));
    octetsLeft -= body.length;
    const { exchange, routingKey, bodySize } = view;
    const properties = view.properties();
    return { exchange, routingKey, redelivered, properties, timestampMs, bodySizeOctets: bodySize, body };
  });
}

/** A copy of so many octets of the body at most. */
function beginningOf({ pieces, body, bodyStart, bodyEnd }: Message, limitOctets: number): Buffer {
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
