import { type Message, NOT_STORED } from './message.ts';
import { encodeContentHeader, type Properties } from './properties.ts';

/**
 * Makes `into` the same message with other properties. Route and body are not copied: they lie where those of `message`
 * lie, and are valid as long. What `into` was before is gone, and no store holds what it is now.
 *
 * @throws RangeError if a property or a header's name is longer than a short string can be
 */
export function rewriteProperties(message: Message, properties: Properties, into: Message): void {
  const header = encodeContentHeader(message.bodySize, properties);
  into.route = message.route;
  into.routeStart = message.routeStart;
  into.routeEnd = message.routeEnd;
  into.header = header;
  into.headerStart = 0;
  into.headerEnd = header.length;
  into.bodySize = message.bodySize;
  into.body = message.body;
  into.bodyStart = message.bodyStart;
  into.bodyEnd = message.bodyEnd;
  into.pieces = message.pieces;
  into.isFramed = false;
  into.slot = NOT_STORED;
  into.keeper = message.keeper;
}
