import { after } from 'node:test';
import { USERS, VHOSTS } from './accounts.ts';
import type { BrokerInside } from './broker-inside.ts';

const endings: (() => Promise<void>)[] = [];
after(async () => {
  for (const end of endings.toReversed()) await end();
});

/** What is to be done when all tests of the file have run; what was asked for last comes first. */
export function atEnd(end: () => Promise<void>): void {
  endings.push(end);
}

/** The inside of this file's own Leveret, for what no client can ask for; undefined: it is another broker. */
export const own: { inside: BrokerInside | undefined } = { inside: undefined };

/**
 * The address of the broker that the checks run against: AMQP_URL, or else a Leveret of this file's own. Any broker
 * that implements AMQP 0-9-1 as RabbitMQ does will do, if it has the accounts of `accounts.ts`.
 */
export const brokerUrl: string = await findBroker();

async function findBroker(): Promise<string> {
  const { AMQP_URL } = process.env;
  return AMQP_URL ?? startLeveret();
}

async function startLeveret(): Promise<string> {
  const { BrokerInside } = await import('./broker-inside.ts');
  const broker = await BrokerInside.start({ vhosts: VHOSTS, users: USERS });
  atEnd(() => broker[Symbol.asyncDispose]());
  own.inside = broker;
  return broker.url();
}
