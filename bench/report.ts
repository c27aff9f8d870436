import type { Bench } from 'tinybench';

/** Prints nanoseconds a call, the fastest first. */
export function report(bench: Bench): void {
  console.log(`\n${bench.name}`);
  const rows = bench.tasks.map((task) => {
    const { result } = task;
    if (!('latency' in result)) throw new Error(`${task.name} did not run`);
    return { name: task.name, nanoseconds: result.latency.p50 * 1e6 };
  });
  rows.sort((a, b) => a.nanoseconds - b.nanoseconds);
  for (const { name, nanoseconds } of rows) console.log(`  ${nanoseconds.toFixed(0).padStart(10)} ns  ${name}`);
}
