import { useEffect, useState } from 'preact/hooks';

/** The last value that there was, while the next one is awaited: what is shown does not flicker. */
export function useLatest<T>(value: T | undefined): T | undefined {
  const [latest, setLatest] = useState<T>();
  useEffect(() => {
    if (value !== undefined) setLatest(value);
  }, [value]);
  return value ?? latest;
}
