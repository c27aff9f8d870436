import { constants, type NodeGCPerformanceDetail, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';

/** Outside of the heap, and never touched, so that the system does not give it: V8 counts it, and collects the sooner. */
const NUDGE_OCTETS = 64 * 1024 * 1024;
/** So much time passes from one nudge to the next, in relation to what the last collection has taken. */
const REST_FACTOR = 20;
const LEAST_REST_MS = 1000;

/** What Node tells of a garbage collection. */
type Collection = PerformanceEntry & { readonly detail: NodeGCPerformanceDetail };

/** Has V8 collect all garbage from time to time, in steps, and tells when it has. To be used while that is worth its time. */
export class FullCollections {
  private readonly observer: PerformanceObserver;
  private nextNudgeMs = 0;
  private restMs = LEAST_REST_MS;

  constructor(collected: () => void) {
    this.observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Collection[]) {
        if (entry.detail.kind !== constants.NODE_PERFORMANCE_GC_MAJOR) continue;
        this.restMs = Math.max(LEAST_REST_MS, entry.duration * REST_FACTOR);
        collected();
      }
    });
    this.observer.observe({ entryTypes: ['gc'] });
  }

  /** Asks for a collection, if the last one was not too short a time ago. */
  nudge(): void {
    const nowMs = performance.now();
    if (nowMs < this.nextNudgeMs) return;
    this.nextNudgeMs = nowMs + this.restMs;
    new ArrayBuffer(NUDGE_OCTETS);
  }

  stop(): void {
    this.observer.disconnect();
  }
}
