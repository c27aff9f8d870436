import type { Texts } from '../text/english.ts';
import type { DrawnNode } from './collapse.ts';

/** What a node goes by for those who look at it. */
export function nameOf({ kind, name, note, count }: DrawnNode, texts: Texts): string {
  if (count > 1) return texts.moreOf(String(count));
  if (kind === 'producer' || kind === 'consumer') return note;
  return name || texts.defaultExchange;
}
