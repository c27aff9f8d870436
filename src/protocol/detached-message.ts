import type { Message } from './message.ts';

/**
 * Copies a message's octets to where they stay what they are, for as long as somebody is busy with it. It stays the same
 * message: in the slot that it is in, if there is one.
 */
export function detach(message: Message): void {
  message.requireValid();
  const { route, routeStart, routeEnd, header, headerStart, headerEnd, body, bodyStart, bodyEnd, pieces } = message;
  message.route = Buffer.from(route.subarray(routeStart, routeEnd));
  message.routeStart = 0;
  message.routeEnd = message.route.length;
  message.header = Buffer.from(header.subarray(headerStart, headerEnd));
  message.headerStart = 0;
  message.headerEnd = message.header.length;
  message.body = pieces === undefined ? Buffer.from(body.subarray(bodyStart, bodyEnd)) : Buffer.concat(pieces);
  message.bodyStart = 0;
  message.bodyEnd = message.body.length;
  message.pieces = undefined;
  message.isFramed = false;
  message.keeper = undefined;
  message.source = undefined;
}
