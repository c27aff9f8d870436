import { type Message, NOT_STORED } from './message.ts';
import { OctetWriter } from './octet-writer.ts';
import { encodeContentHeader, type Properties } from './properties.ts';
import { propertyStart } from './property-scan.ts';

/**
 * Makes `into` the same message with other properties. Route and body are not copied: they lie where those of `message`
 * lie, and are valid as long. What `into` was before is gone, and no store holds what it is now.
 *
 * @throws RangeError if a property or a header's name is longer than a short string can be
 */
export function rewriteProperties(message: Message, properties: Properties, into: Message): void {
  withHeader(message, encodeContentHeader(message.bodySize, properties), into);
}

/**
 * The same with another value for one short string among the properties, which must be there: all others stay the octets
 * that they are.
 *
 * @param flag the property's
 * @param value up to 255 octets
 */
export function rewriteShortString(message: Message, flag: number, value: string, into: Message): void {
  const { header, headerStart, headerEnd } = message;
  const start = propertyStart(header, headerStart, flag);
  const end = start + 1 + header[start]!;
  const octets = Buffer.from(value);
  const [before, after] = [header.subarray(headerStart, start), header.subarray(end, headerEnd)];
  withHeader(message, Buffer.concat([before, Buffer.of(octets.length), octets, after]), into);
}

function withHeader(message: Message, header: Buffer, into: Message): void {
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
  into.isDelayed = message.isDelayed;
  into.slot = NOT_STORED;
  into.keeper = message.keeper;
}

/** Gives the view another exchange and routing key. @throws RangeError if one is longer than a short string can be */
export function rewriteRoute(message: Message, exchange: string, routingKey: string): void {
  message.route = new OctetWriter().shortString(exchange).shortString(routingKey).finish();
  message.routeStart = 0;
  message.routeEnd = message.route.length;
}

/** Copies the body to where it stays, unless it is in pieces, which do. */
export function copyBody(message: Message): void {
  if (message.pieces !== undefined) return;
  message.body = Buffer.from(message.body.subarray(message.bodyStart, message.bodyEnd));
  message.bodyStart = 0;
  message.bodyEnd = message.body.length;
  message.isFramed = false;
  message.keeper = undefined;
}
