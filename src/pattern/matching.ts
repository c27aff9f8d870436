import { WORD } from './octet-set.ts';
import { ANCHOR, FINAL, MAX_STATES, OCTET, type Program, SPLIT } from './program.ts';
import type { Anchor } from './syntax-tree.ts';

const NEWLINE = 0x0a;

/** The states that a program may be in at a place of the text, each once. */
class States {
  private readonly list = new Uint16Array(MAX_STATES);
  private readonly marks = new Uint32Array(MAX_STATES);
  private mark = 0;
  length = 0;
  hasFinal = false;

  clear(): void {
    this.length = 0;
    this.hasFinal = false;
    if (++this.mark > 0xffff_ffff) {
      this.marks.fill(0);
      this.mark = 1;
    }
  }

  /** Whether the state is new here. */
  visit(state: number): boolean {
    if (this.marks[state] === this.mark) return false;
    this.marks[state] = this.mark;
    return true;
  }

  push(state: number): void {
    this.list[this.length++] = state;
  }

  at(index: number): number {
    return this.list[index]!;
  }
}

/** Used by one match after another: none is interrupted. */
let current = new States();
let following = new States();
const pending: number[] = [];

/** Whether the program matches anywhere in the text. Takes as many steps as the text has octets, times its states. */
export function matchesAnywhere(program: Program, text: Buffer): boolean {
  return new Run(program, text, lookAround(program, text)).matches();
}

/** For each place that the program looks around at whether that holds there. */
function lookAround({ looks }: Program, text: Buffer): readonly Uint8Array[] {
  const answers: Uint8Array[] = [];
  for (const { program, isNegated } of looks) {
    const ends = new Run(program, text, answers).ends();
    answers.push(isNegated ? ends.map((isEnd) => 1 - isEnd) : ends);
  }
  return answers;
}

class Run {
  private readonly program: Program;
  private readonly text: Buffer;
  private readonly answers: readonly Uint8Array[];

  constructor(program: Program, text: Buffer, answers: readonly Uint8Array[]) {
    this.program = program;
    this.text = text;
    this.answers = answers;
  }

  matches(): boolean {
    const { program, text } = this;
    const isAtStart = program.ops[program.entry] === ANCHOR && program.anchors[program.entry] === 'start';
    current.clear();
    for (let place = 0; place <= text.length; place++) {
      this.enter(program.entry, place);
      if (current.hasFinal) return true;
      if (isAtStart && current.length === 0) return false;
      if (place < text.length) this.step(text[place]!, place + 1);
    }
    return false;
  }

  /** The places where a match ends, as ones, wherever it begins. */
  ends(): Uint8Array {
    const { program, text } = this;
    const ends = new Uint8Array(text.length + 1);
    current.clear();
    for (let i = 0; i <= text.length; i++) {
      const place = program.isBackward ? text.length - i : i;
      this.enter(program.entry, place);
      if (current.hasFinal) ends[place] = 1;
      if (i < text.length)
        this.step(text[program.isBackward ? place - 1 : place]!, place + (program.isBackward ? -1 : 1));
    }
    return ends;
  }

  private step(octet: number, place: number): void {
    const { sets, targets } = this.program;
    const from = current;
    current = following;
    following = from;
    current.clear();
    for (let i = 0; i < from.length; i++) {
      const state = from.at(i);
      if (sets[state]!.has(octet)) this.enter(targets[state]!, place);
    }
  }

  /** Enters the state, and those that it leads to without an octet. */
  private enter(entered: number, place: number): void {
    const { ops, targets, others } = this.program;
    pending.push(entered);
    for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
      if (!current.visit(state)) continue;
      const op = ops[state]!;
      if (op === OCTET) current.push(state);
      else if (op === FINAL) current.hasFinal = true;
      else if (op === SPLIT) pending.push(others[state]!, targets[state]!);
      else if (this.holds(state, place)) pending.push(targets[state]!);
    }
  }

  private holds(state: number, place: number): boolean {
    const { ops, anchors, others } = this.program;
    if (ops[state] === ANCHOR) return isAnchoredAt(anchors[state]!, this.text, place);
    return this.answers[others[state]!]![place] === 1;
  }
}

function isAnchoredAt(anchor: Anchor, text: Buffer, place: number): boolean {
  const { length } = text;
  switch (anchor) {
    case 'start':
      return place === 0;
    case 'end':
      return place === length;
    case 'final-line-end':
      return place === length || (place === length - 1 && text[place] === NEWLINE);
    case 'line-start':
      return place === 0 || (place < length && text[place - 1] === NEWLINE);
    case 'line-end':
      return place === length || text[place] === NEWLINE;
    case 'word-boundary':
      return isWordBoundary(text, place);
    default:
      return !isWordBoundary(text, place);
  }
}

function isWordBoundary(text: Buffer, place: number): boolean {
  const isWordBefore = place > 0 && WORD.has(text[place - 1]!);
  const isWordAfter = place < text.length && WORD.has(text[place]!);
  return isWordBefore !== isWordAfter;
}
