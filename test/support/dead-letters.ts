import assert from 'node:assert/strict';
import { type FieldValue, fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import type { Properties } from '#src/protocol/properties.js';
import type { Scenario } from './scenario.ts';
import type { WireChannel } from './wire-channel.ts';

export type Arguments = { readonly [name: string]: PlainValue };

/** A queue of which a message can become a dead letter in `dead`. */
interface Graves {
  readonly channel: WireChannel;
  readonly source: string;
  readonly dead: string;
}

export async function declare(channel: WireChannel, queue: string, args: Arguments): Promise<void> {
  await channel.call('queue.declare', { queue, exclusive: true, arguments: fieldTable(args) });
}

/** Dead letters take the default exchange to the queue `dead`, unless `args` say otherwise. */
export async function graves(s: Scenario, args: Arguments = {}): Promise<Graves> {
  const channel = await s.channel();
  const dead = await s.queue(channel);
  const source = s.name('source');
  await declare(channel, source, { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead, ...args });
  return { channel, source, dead };
}

export async function reject(channel: WireChannel, queue: string): Promise<void> {
  const message = await channel.get(queue, false);
  assert.ok(message !== undefined, 'there is nothing to reject');
  channel.send('basic.reject', { deliveryTag: message.deliveryTag, requeue: false });
}

/** Takes the dead letter that is to come, as its queue has it. */
export async function awaitLetter(channel: WireChannel, queue: string) {
  await channel.awaitCount(queue, 1);
  const letter = await channel.get(queue);
  assert.ok(letter !== undefined);
  return letter;
}

/** The headers in the order in which they came, without those of later versions. */
export function headersOf({ properties }: { properties: Properties }): [string, FieldValue][] {
  return [...(properties.headers ?? [])].filter(([name]) => !name.startsWith('x-last-death-'));
}

export function header({ properties }: { properties: Properties }, name: string): unknown {
  return properties.headers?.get(name)?.value;
}

/** The entries of x-death, each in the order of its fields; `time` is checked, and left out. */
export function deathsOf({ properties }: { properties: Properties }): [string, FieldValue][][] {
  const deaths = properties.headers?.get('x-death');
  assert.equal(deaths?.type, 'array');
  return deaths.value.map((entry) => {
    assert.equal(entry.type, 'table');
    const time = entry.value.get('time');
    assert.equal(time?.type, 'timestamp');
    const nowSeconds = Date.now() / 1000;
    assert.ok(Number(time.value) > nowSeconds - 60 && Number(time.value) <= nowSeconds, 'a time in seconds');
    return [...entry.value].filter(([name]) => name !== 'time');
  });
}

export const text = (value: string): FieldValue => ({ type: 'longstr', value });
export const texts = (...values: string[]): FieldValue => ({ type: 'array', value: values.map(text) });
export const count = (value: number): FieldValue => ({ type: 'long', value });

export function death(queue: string, reason: string, routingKey: string, exchange = ''): [string, FieldValue][] {
  return [
    ['count', count(1)],
    ['reason', text(reason)],
    ['queue', text(queue)],
    ['exchange', text(exchange)],
    ['routing-keys', texts(routingKey)],
  ];
}
