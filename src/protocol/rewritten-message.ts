import { violated } from '../observe/invariants.ts';
import { type Message, NOT_STORED } from './message.ts';
import { OctetWriter } from './octet-writer.ts';
import { encodeContentHeader, type Properties } from './properties.ts';
import { propertyStart } from './property-scan.ts';

/**
 * Makes `into` the same message with other properties. Route and body are not copied: they lie where those of `message`
 * lie, and are valid as long. What `into` was before is gone; no store may hold it.
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
  if (into.slot !== NOT_STORED) violated(`a rewritten message would take the place of the one in slot ${into.slot}`);
  message.requireValid();
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
  into.keeper = message.keeper;
  into.source = message.source;
  into.sourceGeneration = message.sourceGeneration;
}

/** Gives the view another exchange and routing key. @throws RangeError if one is longer than a short string can be */
export function rewriteRoute(message: Message, exchange: string, routingKey: string): void {
  message.route = new OctetWriter().shortString(exchange).shortString(routingKey).finish();
  message.routeStart = 0;
  message.routeEnd = message.route.length;
}

/** Copies the body, the last part of a rewritten message that is not its own, to where it stays; pieces do that anyway. */
export function copyBody(message: Message): void {
  message.requireValid();
  message.source = undefined;
  if (message.pieces !== undefined) return;
  message.body = Buffer.from(message.body.subarray(message.bodyStart, message.bodyEnd));
  message.bodyStart = 0;
  message.bodyEnd = message.body.length;
  message.isFramed = false;
  message.keeper = undefined;
}
