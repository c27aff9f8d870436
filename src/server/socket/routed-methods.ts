import { FRAME_END, FRAME_METHOD, REPLY_CODES } from '../../protocol/constants.ts';
import type { Message } from '../../protocol/message.ts';
import { methodKey } from '../../protocol/methods.ts';
import { OctetWriter } from '../../protocol/octet-writer.ts';

/**
 * Methods that carry a message's exchange and routing key: these go out as the octets that came in, since they need not
 * be UTF-8. (basic.deliver is a third one; see content-writer.ts.)
 */

const writer = new OctetWriter(1024);

export function encodeGetOk(
  channel: number,
  deliveryTag: number,
  redelivered: boolean,
  message: Message,
  messageCount: number,
): Buffer {
  const sizeAt = begin(channel, 'basic.get-ok');
  writer
    .longLong(deliveryTag)
    .octet(redelivered ? 1 : 0)
    .raw(routeOf(message))
    .long(messageCount);
  return end(sizeAt);
}

/** basic.return of a message that no queue wanted. */
export function encodeReturn(channel: number, message: Message): Buffer {
  const sizeAt = begin(channel, 'basic.return');
  writer.short(REPLY_CODES.NO_ROUTE).shortString('NO_ROUTE').raw(routeOf(message));
  return end(sizeAt);
}

function begin(channel: number, name: 'basic.get-ok' | 'basic.return'): number {
  const sizeAt = writer.reset().octet(FRAME_METHOD).short(channel).reserveLength();
  writer.long(methodKey(name));
  return sizeAt;
}

function end(sizeAt: number): Buffer {
  writer.fillLength(sizeAt);
  return writer.octet(FRAME_END).finish();
}

function routeOf({ route, routeStart, routeEnd }: Message): Buffer {
  return route.subarray(routeStart, routeEnd);
}
