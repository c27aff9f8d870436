import { PerformanceObserver, performance } from 'node:perf_hooks';

// Imported by a process, this measures how long its event loop's turns are, by the processor time of the thread: the machine's
// other work doesn't count. Its parent asks for a report with any message.

/** What the turns since the last question were like; times in milliseconds. */
export interface TurnReport {
  /** The longest one's processor time. */
  readonly longest: number;
  /** The longest one's without the garbage collection in it. */
  readonly longestOfOurs: number;
  readonly longestCollection: number;
  /** How many took longer than they may, without garbage collection. */
  readonly tooLongCount: number;
}

interface Span {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly processorTime: number;
}

const MAY_TAKE_MS = 20;
/** Shorter turns are not worth remembering. */
const NOTED_MS = 2;
const THREAD_CPUTIME_ID = 3;

/** The thread's processor time, where the system tells; else the whole process's, which is more. */
async function processorClock(): Promise<() => number> {
  try {
    const { default: koffi } = await import('koffi');
    const gettime = koffi.load('libc.so.6').func('int clock_gettime(int, _Out_ int64_t *)');
    const time = new BigInt64Array(2);
    const octets = Buffer.from(time.buffer);
    return () => {
      gettime(THREAD_CPUTIME_ID, octets);
      return Number(time[0]) * 1e3 + Number(time[1]) / 1e6;
    };
  } catch {
    return () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e3;
    };
  }
}

const processorTime = await processorClock();
let turns: Span[] = [];
let collections: { readonly startTime: number; readonly duration: number }[] = [];
let [lastTime, lastAt] = [processorTime(), performance.now()];

function turn(): void {
  const [time, at] = [processorTime(), performance.now()];
  if (time - lastTime > NOTED_MS) turns.push({ startsAt: lastAt, endsAt: at, processorTime: time - lastTime });
  lastTime = time;
  lastAt = at;
  setImmediate(turn);
}

/** A collection's helpers are other threads, so that it takes no more of this one's processor time than of anybody's. */
function withoutCollections({ startsAt, endsAt, processorTime }: Span): number {
  const within = collections.filter(({ startTime }) => startTime >= startsAt && startTime < endsAt);
  return processorTime - within.reduce((sum, { duration }) => sum + duration, 0);
}

function report(): TurnReport {
  const ours = turns.map(withoutCollections);
  const result = {
    longest: Math.max(0, ...turns.map(({ processorTime }) => processorTime)),
    longestOfOurs: Math.max(0, ...ours),
    longestCollection: Math.max(0, ...collections.map(({ duration }) => duration)),
    tooLongCount: ours.filter((time) => time > MAY_TAKE_MS).length,
  };
  turns = [];
  collections = [];
  return result;
}

new PerformanceObserver((list) => collections.push(...list.getEntries())).observe({ entryTypes: ['gc'] });
process.on('message', () => setTimeout(() => process.send!(report()), 10)); // the observer is told of collections a bit later
setImmediate(turn);
