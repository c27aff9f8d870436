import type { Scenario } from './scenario.ts';
import type { WireChannel } from './wire-channel.ts';

/** The queue that a request names for its replies, and that they are consumed from. */
export const REPLY_TO = 'amq.rabbitmq.reply-to';
export const NO_CONSUMER = 'PRECONDITION_FAILED - fast reply consumer does not exist';

export async function consumeReplies(channel: WireChannel): Promise<void> {
  await channel.call('basic.consume', { queue: REPLY_TO, consumerTag: 'replies', noAck: true });
}

/** Somebody who asks, somebody who answers, and the name under which the answers are awaited. */
interface Dialogue {
  readonly asking: WireChannel;
  readonly answering: WireChannel;
  readonly name: string;
}

export async function dialogue(s: Scenario): Promise<Dialogue> {
  const [asking, answering] = [await s.channel(), await s.channel()];
  await consumeReplies(asking);
  return { asking, answering, name: await ask(s, asking, answering) };
}

/** Sends a request to a queue of whoever answers; returns the name that it carries. */
export async function ask(s: Scenario, asking: WireChannel, answering: WireChannel): Promise<string> {
  const queue = s.name('queue');
  await answering.call('queue.declare', { queue });
  asking.publish('', queue, 'question', { properties: { replyTo: REPLY_TO } });
  await asking.settle();
  const { properties } = await answering.expectMessage(queue, 'question');
  return properties.replyTo!;
}
