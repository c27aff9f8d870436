import { assertSame, assertSameArguments } from '../equivalence.ts';
import type { Exchange } from './exchange.ts';
import type { ExchangeProperties } from './exchange-properties.ts';

const COMPARED_ARGUMENTS: readonly string[] = ['alternate-exchange'];

/** Refuses a declaration of an exchange that is there and differs. @throws InequivalentError */
export function assertEquivalentExchange(existing: Exchange, received: ExchangeProperties): void {
  const { properties: current } = existing;
  const resource = existing.toString();
  assertSame('type', resource, typeText(received.type), typeText(current.type));
  assertSame('durable', resource, received.durable, current.durable);
  assertSame('auto_delete', resource, received.autoDelete, current.autoDelete);
  assertSame('internal', resource, received.internal, current.internal);
  assertSameArguments(COMPARED_ARGUMENTS, resource, received.arguments, current.arguments);
}

/** RabbitMQ's types are Erlang atoms, which are printed in quotes of their own unless they are plain words. */
function typeText(type: string): string {
  return /^[a-z]+$/.test(type) ? type : `'${type}'`;
}
