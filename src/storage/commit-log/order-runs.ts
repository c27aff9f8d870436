/** Orders, as runs of consecutive ones: a transaction of many millions of messages takes as little room as one of few. */
export class OrderRuns {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  /** Those of a segment come in ascending order, so that most extend the last run. */
  add(order: number): void {
    const { starts, ends } = this;
    const last = ends.length - 1;
    if (last >= 0 && ends[last] === order) ends[last] = order + 1;
    else {
      starts.push(order);
      ends.push(order + 1);
    }
  }

  /** Tells whether the orders from `from` up to, but not including, `to` are all there. */
  coverage(): (from: number, to: number) => boolean {
    const runs = this.joined();
    return (from, to) => {
      if (from >= to) return true;
      let low = 0;
      let high = runs.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (runs[middle]!.start <= from) low = middle + 1;
        else high = middle;
      }
      return low > 0 && to <= runs[low - 1]!.end;
    };
  }

  private joined(): { readonly start: number; end: number }[] {
    const runs = this.starts.map((start, i) => ({ start, end: this.ends[i]! })).sort((a, b) => a.start - b.start);
    const joined: { readonly start: number; end: number }[] = [];
    for (const run of runs) {
      const last = joined.at(-1);
      if (last !== undefined && run.start <= last.end) last.end = Math.max(last.end, run.end);
      else joined.push(run);
    }
    return joined;
  }
}
