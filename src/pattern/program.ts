import type { OctetSet } from './octet-set.ts';
import { PatternError } from './pattern-error.ts';
import type { Anchor, Node } from './syntax-tree.ts';

/** What a state is. */
export const FINAL = 0;
export const OCTET = 1;
export const SPLIT = 2;
export const ANCHOR = 3;
export const LOOK = 4;

/** A match takes as many steps as there are states for each octet, at most: with this, some milliseconds for a name. */
export const MAX_STATES = 5000;

/** What looks around is asked at every place of a text: it takes about as long as so many states. */
const LOOK_STATES = 8;

/** The state in which the program has matched. */
const FINAL_STATE = 0;

/**
 * A nondeterministic automaton, as columns: what each state is, and where it leads. What looks around is a program of its
 * own, which says for each place of a text whether it matches there.
 */
export interface Program {
  readonly ops: readonly number[];
  readonly targets: readonly number[];
  /** Of SPLIT: the other way; of LOOK: which one. */
  readonly others: readonly number[];
  readonly sets: readonly (OctetSet | undefined)[];
  readonly anchors: readonly (Anchor | undefined)[];
  readonly entry: number;
  /** Whether it runs from a text's end to its start. */
  readonly isBackward: boolean;
  /** Those that are needed for others come first. */
  readonly looks: readonly Look[];
}

export interface Look {
  readonly program: Program;
  readonly isNegated: boolean;
}

/** @throws PatternError if it would have too many states */
export function compileProgram(node: Node): Program {
  return new ProgramCompiler(false, { left: MAX_STATES }, []).compile(node);
}

/** Makes states from a node's end to its start, so that it is known where each leads. */
class ProgramCompiler {
  private readonly ops: number[] = [];
  private readonly targets: number[] = [];
  private readonly others: number[] = [];
  private readonly sets: (OctetSet | undefined)[] = [];
  private readonly anchors: (Anchor | undefined)[] = [];
  private readonly isBackward: boolean;
  /** Shared by a program and what looks around in it. */
  private readonly room: { left: number };
  private readonly looks: Look[];

  constructor(isBackward: boolean, room: { left: number }, looks: Look[]) {
    this.isBackward = isBackward;
    this.room = room;
    this.looks = looks;
    this.add(FINAL, FINAL_STATE);
  }

  compile(node: Node): Program {
    const entry = this.before(FINAL_STATE, node);
    const { ops, targets, others, sets, anchors, isBackward, looks } = this;
    return { ops, targets, others, sets, anchors, entry, isBackward, looks };
  }

  private add(op: number, target: number, other = 0): number {
    this.take(1);
    this.others.push(other);
    this.targets.push(target);
    return this.ops.push(op) - 1;
  }

  private take(states: number): void {
    this.room.left -= states;
    if (this.room.left < 0) throw new PatternError('regular expression is too large');
  }

  /** Returns the state that matches the node and then goes on with the other one. */
  private before(next: number, node: Node): number {
    switch (node.kind) {
      case 'octet':
        return this.octet(next, node.set);
      case 'sequence':
        return this.sequence(next, node.parts);
      case 'choice':
        return node.options
          .map((option) => this.before(next, option))
          .reduceRight((rest, way) => this.split(way, rest));
      case 'repeat':
        return this.repeat(next, node);
      case 'anchor':
        return this.anchor(next, node.anchor);
      default:
        return this.look(next, node);
    }
  }

  private octet(next: number, set: OctetSet): number {
    const state = this.add(OCTET, next);
    this.sets[state] = set;
    return state;
  }

  private sequence(next: number, parts: readonly Node[]): number {
    const step = (state: number, part: Node) => this.before(state, part);
    return this.isBackward ? parts.reduce(step, next) : parts.reduceRight(step, next);
  }

  private split(target: number, other: number): number {
    return this.add(SPLIT, target, other);
  }

  private repeat(next: number, { part, min, max }: Node & { kind: 'repeat' }): number {
    let state = max === Number.POSITIVE_INFINITY ? this.loop(next, part) : next;
    const optionalCount = max === Number.POSITIVE_INFINITY ? 0 : max - min;
    for (let i = 0; i < optionalCount; i++) {
      const once = this.before(state, part);
      if (once === state) return next; // there is nothing in it
      state = this.split(once, next);
    }
    for (let i = 0; i < min; i++) {
      const once = this.before(state, part);
      if (once === state) return state;
      state = once;
    }
    return state;
  }

  private loop(next: number, part: Node): number {
    const state = this.split(next, next);
    this.targets[state] = this.before(state, part);
    return state;
  }

  private anchor(next: number, anchor: Anchor): number {
    const state = this.add(ANCHOR, next);
    this.anchors[state] = anchor;
    return state;
  }

  /** What is ahead of a place is found by going backwards from wherever it may end. */
  private look(next: number, { part, isBehind, isNegated }: Node & { kind: 'look' }): number {
    this.take(LOOK_STATES);
    const program = new ProgramCompiler(!isBehind, this.room, this.looks).compile(part);
    return this.add(LOOK, next, this.looks.push({ program, isNegated }) - 1);
  }
}
