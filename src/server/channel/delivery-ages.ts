/** Ages are known to within so many of them: the marks of older deliveries may lie further apart. */
const PRECISION = 16;

/** All deliveries up to this tag had been made at that time. */
interface Mark {
  readonly tag: number;
  readonly timeMs: number;
}

/**
 * How long ago a channel's deliveries were made, without a time kept for each: now and then the tag of the last one is
 * noted with the time.
 *
 *     tags    1 … 40      41 … 90     91 … 93
 *     marks   ────────┤   ────────┤   ───────┤
 *                   10 s        20 s       30 s      so 41 was made between 10 s and 20 s
 *
 * Ages are thus never taken for more than they are, and for less by little. There are few marks, whatever the times.
 */
export class DeliveryAges {
  /** In order of tags and times. */
  private marks: Mark[] = [];

  /** Notes that this is the last delivery so far. */
  note(tag: number, nowMs: number): void {
    const last = this.marks[this.marks.length - 1];
    if (last !== undefined && last.tag >= tag) return;
    this.marks.push({ tag, timeMs: nowMs });
    this.thin(nowMs);
  }

  /** Forgets what is only about deliveries before that one. */
  forgetBefore(tag: number): void {
    const first = this.marks.findIndex((mark) => mark.tag >= tag);
    this.marks.splice(0, first === -1 ? this.marks.length : first);
  }

  /** When the delivery had been made for sure; undefined: nobody has looked since. */
  madeByMs(tag: number): number | undefined {
    return this.marks.find((mark) => mark.tag >= tag)?.timeMs;
  }

  /** The last delivery that had been made for sure at that time; 0: there is none. */
  lastMadeBy(timeMs: number): number {
    return this.marks.findLast((mark) => mark.timeMs <= timeMs)?.tag ?? 0;
  }

  /** How many times are kept. */
  get markCount(): number {
    return this.marks.length;
  }

  /** Leaves out marks whose neighbours are close together for their age. */
  private thin(nowMs: number): void {
    const { marks } = this;
    let kept = 1;
    for (let i = 1; i < marks.length; i++) {
      const mark = marks[i]!;
      const next = marks[i + 1];
      const isClose = next !== undefined && (next.timeMs - marks[kept - 1]!.timeMs) * PRECISION <= nowMs - next.timeMs;
      if (!isClose) marks[kept++] = mark;
    }
    marks.length = kept;
  }
}
