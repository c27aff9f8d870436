import type { Channel } from '../channel/channel.ts';

/** How a method that declares or removes something is answered. */
export interface DefinitionAnswer {
  /** What the method is about survives restarts. */
  readonly isDurable: boolean;
  /** The client wants no answer, and so waits for nothing. */
  readonly noWait: boolean;
  readonly send: () => void;
  /** What is to be done after that, in any case. */
  readonly finish?: () => void;
}

/**
 * Answers at once, or, where something durable is concerned, once it is on disk: also if it was another connection that
 * has just declared or deleted it.
 *
 * @throws AmqpError if a removal could not be noted
 */
export function answerDefinition(channel: Channel, answer: DefinitionAnswer): void {
  const { journal } = channel.connection.vhost;
  const { isDurable, noWait, send, finish } = answer;
  try {
    if (isDurable) journal.requireNoted();
  } catch (error) {
    finish?.();
    throw error;
  }
  if (isDurable && !noWait && !journal.isCommitted) {
    channel.answerCommitted(send, finish);
    return;
  }
  if (!noWait) send();
  finish?.();
}
