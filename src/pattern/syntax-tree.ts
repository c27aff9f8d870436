import type { OctetSet } from './octet-set.ts';

/** What holds, or does not, at a place between two octets. */
export type Anchor =
  | 'start'
  | 'end'
  | 'final-line-end'
  | 'line-start'
  | 'line-end'
  | 'word-boundary'
  | 'no-word-boundary';

/** What a regular expression consists of. */
export type Node =
  | { readonly kind: 'octet'; readonly set: OctetSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number }
  | { readonly kind: 'anchor'; readonly anchor: Anchor }
  | { readonly kind: 'look'; readonly part: Node; readonly isBehind: boolean; readonly isNegated: boolean };

export const EMPTY: Node = { kind: 'sequence', parts: [] };
