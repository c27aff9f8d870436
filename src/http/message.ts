import { Message } from '../protocol/message.ts';
import { OctetWriter } from '../protocol/octet-writer.ts';
import { encodeContentHeader, type Properties } from '../protocol/properties.ts';

/** A message in octets of its own. @throws RangeError if a text is longer than a short string can be */
export function messageOf(exchange: string, routingKey: string, properties: Properties, body: Buffer): Message {
  const message = new Message();
  message.route = new OctetWriter().shortString(exchange).shortString(routingKey).finish();
  message.routeEnd = message.route.length;
  message.header = encodeContentHeader(body.length, properties);
  message.headerEnd = message.header.length;
  message.body = body;
  message.bodyEnd = message.bodySize = body.length;
  return message;
}
