import { otherCase } from './octet-set.ts';
import { fixedLength, type LookNode, type PatternNode, type RepeatNode } from './syntax-tree.ts';

/** Matches from a place on, and what follows behind it. */
type Step = (at: number) => boolean;

/**
 * How much a match may try. A pattern such as `(a+)+$` would otherwise keep the broker busy for longer than anybody waits;
 * PCRE has such a limit too, and finds no match then. Some 10 ms at most.
 */
const STEPS_LIMIT = 1_000_000;

/** A match that takes too long. */
const EXHAUSTED: unknown = Symbol('exhausted');

/**
 * A pattern as functions that call each other: each matches its part and then calls the one for what follows, which says
 * whether all the rest matches. So "try another way" is to return false.
 */
export class Matcher {
  private readonly start: Step;
  private text = '';
  private stepsLeft = 0;
  /** Of each group, where its match begins and ends; undefined: it took no part. */
  private readonly captures: ([start: number, end: number] | undefined)[] = [];

  constructor(tree: PatternNode) {
    this.start = this.compile(tree, () => true);
  }

  /** Whether the pattern matches anywhere in the text, which has a character for each octet. */
  matches(text: string): boolean {
    this.text = text;
    this.stepsLeft = STEPS_LIMIT;
    try {
      for (let at = 0; at <= text.length; at++) {
        this.captures.length = 0;
        if (this.start(at)) return true;
      }
      return false;
    } catch (error) {
      if (error === EXHAUSTED || error instanceof RangeError) return false; // the latter: too deep a recursion
      throw error;
    } finally {
      this.text = '';
    }
  }

  private countStep(): void {
    if (--this.stepsLeft < 0) throw EXHAUSTED;
  }

  private compile(node: PatternNode, next: Step): Step {
    switch (node.kind) {
      case 'octet':
        return (at) => node.set[this.text.charCodeAt(at)] === 1 && next(at + 1); // behind the end: NaN, so undefined
      case 'sequence':
        return node.nodes.reduceRight((rest, each) => this.compile(each, rest), next);
      case 'choice': {
        const ways = node.nodes.map((each) => this.compile(each, next));
        return (at) => {
          this.countStep();
          return ways.some((way) => way(at));
        };
      }
      case 'repeat':
        return node.node.kind === 'octet' && !node.isLazy
          ? this.compileRun(node, node.node.set, next)
          : this.compileRepeat(node, next);
      case 'capture':
        return this.compileCapture(node.number, node.node, next);
      case 'atomic':
        return this.compileAtomic(node.node, next);
      case 'look':
        return this.compileLook(node, next);
      case 'reference':
        return (at) => {
          const end = this.endOfReference(node.group, node.ignoresCase, at);
          return end !== undefined && next(end);
        };
      case 'place':
        return (at) => node.test(this.text, at) && next(at);
    }
  }

  /** A repetition of single octets, the longest first. */
  private compileRun({ min, max }: RepeatNode, set: Uint8Array, next: Step): Step {
    return (at) => {
      const limit = Math.min(this.text.length, at + max);
      let end = at;
      while (end < limit && set[this.text.charCodeAt(end)] === 1) end++;
      for (; end >= at + min; end--) {
        this.countStep();
        if (next(end)) return true;
      }
      return false;
    };
  }

  /** Whoever returns false has left count and start as they were, so that another way can be tried. */
  private compileRepeat({ node, min, max, isLazy }: RepeatNode, next: Step): Step {
    let count = 0;
    let start = -1;
    const once = this.compile(node, (at) => (at === start && count > min ? false : goOn(at)));
    const again = (at: number): boolean => {
      if (count >= max) return false;
      const [countBefore, startBefore] = [count, start];
      count++;
      start = at;
      if (once(at)) return true;
      [count, start] = [countBefore, startBefore];
      return false;
    };
    const goOn = (at: number): boolean => {
      this.countStep();
      if (count < min) return again(at);
      return isLazy ? next(at) || again(at) : again(at) || next(at);
    };
    return (at) => {
      const [countBefore, startBefore] = [count, start];
      [count, start] = [0, -1];
      if (goOn(at)) return true;
      [count, start] = [countBefore, startBefore];
      return false;
    };
  }

  private compileCapture(number: number, node: PatternNode, next: Step): Step {
    let start = 0;
    const inner = this.compile(node, (at) => {
      const before = this.captures[number];
      this.captures[number] = [start, at];
      if (next(at)) return true;
      this.captures[number] = before;
      return false;
    });
    return (at) => {
      const startBefore = start;
      start = at;
      if (inner(at)) return true;
      start = startBefore;
      return false;
    };
  }

  private compileAtomic(node: PatternNode, next: Step): Step {
    let end = 0;
    const inner = this.compile(node, (at) => {
      end = at;
      return true;
    });
    return (at) => {
      this.countStep();
      return inner(at) && next(end);
    };
  }

  private compileLook({ isBehind, isNegative, node }: LookNode, next: Step): Step {
    const ways = (isBehind && node.kind === 'choice' ? node.nodes : [node]).map((way) => {
      const length = isBehind ? fixedLength(way)! : 0;
      const step = this.compile(way, () => true);
      return (at: number) => at >= length && step(at - length);
    });
    return (at) => {
      this.countStep();
      return ways.some((way) => way(at)) !== isNegative && next(at);
    };
  }

  /** Where the text ends that a group has matched, if it comes again here. */
  private endOfReference(group: number, ignoresCase: boolean, at: number): number | undefined {
    const capture = this.captures[group];
    if (capture === undefined) return undefined;
    const [start, end] = capture;
    for (let i = start; i < end; i++) {
      const theirs = this.text.charCodeAt(at + i - start);
      const ours = this.text.charCodeAt(i);
      if (theirs !== ours && !(ignoresCase && theirs === otherCase(ours))) return undefined;
    }
    return at + end - start;
  }
}
