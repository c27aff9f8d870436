import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../shell/app-context.ts';

const TYPING_MS = 200;

interface FilterInputProps {
  /** What is looked for; undefined: a part of a name. */
  readonly label?: string;
  readonly onChange: (filter: string) => void;
}

/** A text to look for, told a moment after it was typed. The slash goes here. */
export function FilterInput({ label, onChange }: FilterInputProps) {
  const { texts } = useApp();
  const shown = label ?? texts.filterByName;
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
      placeholder={`${shown}  /`}
      aria-label={shown}
      onInput={(event) => setText(event.currentTarget.value)}
    />
  );
}
