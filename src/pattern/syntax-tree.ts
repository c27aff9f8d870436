import type { OctetSet } from './octet-set.ts';

/** A question about a place between two octets. */
export type PlaceTest = (text: string, at: number) => boolean;

/** What a pattern consists of. */
export type PatternNode =
  | { readonly kind: 'octet'; readonly set: OctetSet }
  | { readonly kind: 'sequence'; readonly nodes: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly nodes: readonly PatternNode[] }
  | RepeatNode
  | { readonly kind: 'capture'; readonly number: number; readonly node: PatternNode }
  /** Once matched, it is not tried otherwise: `(?>…)`. */
  | { readonly kind: 'atomic'; readonly node: PatternNode }
  | LookNode
  | { readonly kind: 'reference'; readonly group: number; readonly ignoresCase: boolean }
  | { readonly kind: 'place'; readonly test: PlaceTest };

export interface RepeatNode {
  readonly kind: 'repeat';
  readonly node: PatternNode;
  readonly min: number;
  readonly max: number;
  readonly isLazy: boolean;
}

/** What comes next, or came before, without being part of the match. */
export interface LookNode {
  readonly kind: 'look';
  readonly isBehind: boolean;
  readonly isNegative: boolean;
  readonly node: PatternNode;
}

export const NOTHING: PatternNode = { kind: 'sequence', nodes: [] };

export function sequenceOf(nodes: readonly PatternNode[]): PatternNode {
  return nodes.length === 1 ? nodes[0]! : { kind: 'sequence', nodes };
}

/** How many octets the node always matches; undefined if that varies. */
export function fixedLength(node: PatternNode): number | undefined {
  switch (node.kind) {
    case 'octet':
      return 1;
    case 'place':
    case 'look':
      return 0;
    case 'capture':
    case 'atomic':
      return fixedLength(node.node);
    case 'sequence':
      return node.nodes.reduce((sum: number | undefined, each) => plus(sum, fixedLength(each)), 0);
    case 'choice': {
      const [first, ...others] = node.nodes.map(fixedLength);
      return others.every((length) => length === first) ? first : undefined;
    }
    case 'repeat': {
      const length = node.min === node.max ? fixedLength(node.node) : undefined;
      return length === undefined ? undefined : length * node.min;
    }
    case 'reference':
      return undefined;
  }
}

function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
