import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { useApp } from '../shell/app-context.ts';
import { Batches } from './batches.ts';

export interface Followed {
  /** It goes on. */
  readonly isOpen: boolean;
  /** Why it ended; undefined: it goes on, or was ended by the broker without a word, or here. */
  readonly error: ApiError | undefined;
}

/**
 * Calls back with what the API tells at a path as it comes, until the page is left or the path changes; with all that has come
 * within a second, the oldest first.
 * @param path undefined: nothing is asked for
 */
export function useFollow<T>(path: string | undefined, onNews: (news: readonly T[]) => void): Followed {
  const { api } = useApp();
  const [state, setState] = useState<Followed>({ isOpen: false, error: undefined });
  useEffect(() => {
    if (path === undefined) return;
    const abort = new AbortController();
    setState({ isOpen: true, error: undefined });
    const batches = new Batches<T>(onNews);
    api
      .follow<T>(path, abort.signal, (news) => batches.add(news))
      .then(
        () => !abort.signal.aborted && setState({ isOpen: false, error: undefined }),
        (error) => {
          if (!(error instanceof ApiError)) throw error;
          setState({ isOpen: false, error });
        },
      );
    return () => {
      abort.abort();
      batches.stop();
      setState({ isOpen: false, error: undefined });
    };
  }, [api, path]);
  return state;
}
