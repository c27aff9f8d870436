import type { Segment } from './segment.ts';

/**
 * Which segments compaction has copied records out of, and into which. A compacted segment must outlive its sources: their copies
 * of its records have no acks, so that recovery would bring back what was acknowledged since.
 *
 *     1.log ──→ 5.moved ──→ 9.moved      5 goes after 1 and 2; 9 after 5 and 3
 *     2.log ──↗    3.log ──↗
 *
 * A source is sealed before anything is copied out of it, and nothing is copied into a sealed segment: there is no cycle.
 */
export class CompactionSources {
  /** By compacted segment: those of its sources that are still there. */
  private readonly sources = new Map<Segment, Set<Segment>>();
  private lastSource: Segment | undefined;
  private lastTarget: Segment | undefined;

  /** A record was copied. Called for each: mostly two comparisons. */
  note(source: Segment, target: Segment): void {
    if (source === this.lastSource && target === this.lastTarget) return;
    this.lastSource = source;
    this.lastTarget = target;
    const known = this.sources.get(target);
    if (known === undefined) this.sources.set(target, new Set([source]));
    else known.add(source);
  }

  /** Whether records of the segment are still where they were copied from, too. */
  has(target: Segment): boolean {
    return this.sources.has(target);
  }

  /** The segment's file is gone. Returns the segments that have lost their last source. */
  removed(segment: Segment): Segment[] {
    this.sources.delete(segment);
    const freed: Segment[] = [];
    for (const [target, sources] of this.sources) {
      if (!sources.delete(segment) || sources.size > 0) continue;
      this.sources.delete(target);
      freed.push(target);
    }
    return freed;
  }
}
