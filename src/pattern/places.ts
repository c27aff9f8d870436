import { WORD_OCTETS } from './octet-set.ts';
import type { PlaceTest } from './syntax-tree.ts';

const LINE_FEED = '\n';

export const atStart: PlaceTest = (_, at) => at === 0;
export const atEnd: PlaceTest = (text, at) => at === text.length;
export const atEndOrLastLineFeed: PlaceTest = (text, at) =>
  at === text.length || (at === text.length - 1 && text[at] === LINE_FEED);
/** Behind a line feed, but not where the text ends with it. */
export const atLineStart: PlaceTest = (text, at) => at === 0 || (text[at - 1] === LINE_FEED && at < text.length);
export const atLineEnd: PlaceTest = (text, at) => at === text.length || text[at] === LINE_FEED;

const atWordBoundary: PlaceTest = (text, at) => isWord(text, at - 1) !== isWord(text, at);

function isWord(text: string, at: number): boolean {
  return WORD_OCTETS[text.charCodeAt(at)] === 1;
}

/** Places by the letter of their escape. */
export const ESCAPED_PLACES: ReadonlyMap<string, PlaceTest> = new Map<string, PlaceTest>([
  ['A', atStart],
  ['G', atStart],
  ['Z', atEndOrLastLineFeed],
  ['z', atEnd],
  ['b', atWordBoundary],
  ['B', (text, at) => !atWordBoundary(text, at)],
]);
