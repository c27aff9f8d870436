import { Message } from '../../protocol/message.ts';
import type { Properties } from '../../protocol/properties.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import type { Queue } from '../queue/queue.ts';
import { beginningOf } from './body-beginning.ts';
import { ticketOf } from './message-ticket.ts';

/** What one call may show, however much was asked for. */
const MAX_MESSAGES = 1000;
const MAX_OCTETS = 32 * 1024 * 1024;
const BEFORE_FIRST = -1;

export interface BrowseOptions {
  /** So many messages at most. */
  readonly count: number;
  /** So many octets of each body. Default: all. */
  readonly bodyLimitOctets?: number;
  /** Only those behind this position. Default: from the first on. */
  readonly after?: number;
}

/** A message as it lies in its queue. */
export interface BrowsedMessage {
  /** Where it stands: behind those with lower numbers. Changes when messages before it are moved away. */
  readonly position: number;
  /** Its name for `selection` in other operations, as long as it is there. */
  readonly ticket: string;
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
 * The first ready messages of a queue, or those behind a position, in the order of their delivery. They stay as they are: not even `redelivered` changes.
 * At most 1000 messages, and 32 MiB of bodies in all: what is beyond is cut off.
 */
export function browseMessages(
  store: MessageStore,
  queue: Queue,
  { count, bodyLimitOctets = Number.POSITIVE_INFINITY, after = BEFORE_FIRST }: BrowseOptions,
): BrowsedMessage[] {
  const view = new Message();
  let octetsLeft = MAX_OCTETS;
  return queue.listReady(after, Math.min(count, MAX_MESSAGES)).map(({ slot, sequence: position, redelivered }) => {
    const timestampMs = store.timestampMs(slot);
    store.read(slot, view);
    const body = beginningOf(view, Math.min(bodyLimitOctets, octetsLeft));
    octetsLeft -= body.length;
    const { exchange, routingKey, bodySize } = view;
    const properties = view.properties();
    const ticket = ticketOf(store, slot);
    const place = { position, ticket, exchange, routingKey, redelivered };
    return { ...place, properties, timestampMs, bodySizeOctets: bodySize, body };
  });
}
