import { Message } from './message.ts';

/** A copy of the message in octets of its own, which stay what they are: for as long as somebody is busy with it. */
export function detached(message: Message): Message {
  const { route, routeStart, routeEnd, header, headerStart, headerEnd, body, bodyStart, bodyEnd, pieces } = message;
  const copy = new Message();
  copy.route = Buffer.from(route.subarray(routeStart, routeEnd));
  copy.routeEnd = copy.route.length;
  copy.header = Buffer.from(header.subarray(headerStart, headerEnd));
  copy.headerEnd = copy.header.length;
  copy.body = pieces === undefined ? Buffer.from(body.subarray(bodyStart, bodyEnd)) : Buffer.concat(pieces);
  copy.bodyEnd = copy.bodySize = copy.body.length;
  copy.slot = message.slot;
  return copy;
}
