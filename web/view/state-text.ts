import type { Texts } from '../text/english.ts';

/** A state of a connection, channel, queue or consumer in the reader's language; as the API has it where it is a new one. */
export function stateText(state: string, texts: Texts): string {
  const known: Readonly<Record<string, string>> = {
    running: texts.running,
    blocked: texts.blocked,
    closing: texts.closing,
    paused: texts.paused,
    up: texts.running,
    single_active: texts.singleActive,
    waiting: texts.waitingState,
  };
  return known[state] ?? state;
}
