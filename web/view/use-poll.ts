import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { useApp } from '../shell/app-context.ts';

const INTERVAL_MS = 3000;

export interface Polled<T> {
  /** The last answer; undefined: there was none yet. */
  readonly data: T | undefined;
  /** Why the last request failed; undefined: it did not. */
  readonly error: ApiError | undefined;
}

/**
 * What the API answers to a path, asked for again and again while the page is looked at.
 * @param intervalMs from an answer to the next question; longer for what changes seldom, or is large
 */
export function usePoll<T>(path: string, intervalMs: number = INTERVAL_MS): Polled<T> {
  const { api, revision } = useApp();
  const [answer, setAnswer] = useState<Polled<T> & { path: string }>();
  // A new revision asks anew.
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async (): Promise<void> => {
      clearTimeout(timer);
      if (!document.hidden) {
        const polled = await answerOf<T>(api.get<T>(path));
        if (isOver) return;
        setAnswer((before) => ({ path, error: polled.error, data: polled.data ?? dataOf(before, path, polled.error) }));
      }
      if (!isOver) timer = setTimeout(load, intervalMs);
    };
    const onVisible = (): void => {
      if (!document.hidden) void load();
    };
    document.addEventListener('visibilitychange', onVisible);
    void load();
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [api, path, revision, intervalMs]);
  return answer?.path === path ? answer : { data: undefined, error: undefined };
}

/** What was there stays in view while the broker does not answer; what is gone does not. */
function dataOf<T>(
  before: (Polled<T> & { path: string }) | undefined,
  path: string,
  error: ApiError | undefined,
): T | undefined {
  return before?.path === path && error?.status === 0 ? before.data : undefined;
}

async function answerOf<T>(request: Promise<T>): Promise<Polled<T>> {
  try {
    return { data: await request, error: undefined };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { data: undefined, error };
  }
}
