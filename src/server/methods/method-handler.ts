import type { MethodArguments, MethodName } from '../../protocol/methods.ts';
import type { Channel } from '../channel/channel.ts';

/** What a channel does when a client calls the methods of a class. */
export type MethodHandlers = {
  readonly [Name in MethodName]?: (channel: Channel, args: MethodArguments<Name>) => void;
};

/** Names lose line breaks when something is declared, as in RabbitMQ, so that logs and texts stay in a line. */
export function declarableName(name: string): string {
  return name.replace(/[\r\n]/g, '');
}
