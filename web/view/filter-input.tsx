import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../shell/app-context.ts';

const TYPING_MS = 200;

/** A part of a name to look for, told a moment after it was typed. The slash goes here. */
export function FilterInput({ onChange }: { readonly onChange: (filter: string) => void }) {
  const { texts } = useApp();
  const [text, setText] = useState('');
  // Only typing changes the filter.
  useEffect(() => {
    const timer = setTimeout(() => onChange(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      type="search"
      class="filter"
      value={text}
      placeholder={`${texts.filterByName}  /`}
      aria-label={texts.filterByName}
      onInput={(event) => setText(event.currentTarget.value)}
    />
  );
}
