import { useEffect, useState } from 'preact/hooks';
import type { LogLine } from '../api/answers.ts';
import { useApp } from '../shell/app-context.ts';
import { Failure } from '../view/failure.tsx';
import { FilterInput } from '../view/filter-input.tsx';
import { formatMoment, formatValue } from '../view/format.ts';
import { useFollow } from '../view/use-follow.ts';
import { usePoll } from '../view/use-poll.ts';

const MAX_SHOWN = 500;
/** The level changes when the broker is started anew. */
const LEVEL_INTERVAL_MS = 60_000;
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'];
/** Loud enough to be marked. */
const MARKED_LEVELS = ['warn', 'error', 'fatal'];

/** The last lines of the broker's log, the newest first, and new ones as they come. */
export function LogPage() {
  const { texts } = useApp();
  const [level, setLevel] = useState('info');
  const [text, setText] = useState('');
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const { data: log } = usePoll<{ level: string }>('/logs?columns=level', LEVEL_INTERVAL_MS);
  const path = `/logs/live?${new URLSearchParams({ level, text })}`;
  // What was asked for before is no answer to this.
  useEffect(() => setLines([]), [path]);
  const { isOpen, error } = useFollow<{ lines: readonly LogLine[] }>(path, (news) => {
    const fresh = news.flatMap((each) => each.lines).reverse();
    setLines((before) => [...fresh, ...before].slice(0, MAX_SHOWN));
  });
  return (
    <>
      <h1>{texts.logs}</h1>
      <p class="hint">{log?.level === 'silent' ? texts.logSilent : texts.logHint}</p>
      <div class="toolbar">
        <label class="choice">
          <span>{texts.level}</span>
          <select value={level} onChange={(event) => setLevel(event.currentTarget.value)}>
            {LEVELS.map((name) => (
              <option key={name} value={name}>
                {texts.andAbove(name)}
              </option>
            ))}
          </select>
        </label>
        <FilterInput label={texts.containing} onChange={setText} />
        <span class="hint" role="status">
          {isOpen ? texts.watching : error === undefined && texts.streamEnded}
        </span>
      </div>
      {error !== undefined && <Failure error={error} />}
      {isOpen && lines.length === 0 && <p class="empty">{texts.nothingHere}</p>}
      <ol class="log">
        {lines.map((line) => (
          <li key={line.number} class="line">
            <time>{formatMoment(line.time)}</time>
            <span class={MARKED_LEVELS.includes(line.level) ? `level ${line.level}` : 'level'}>{line.level}</span>
            <span>
              {line.message} <Fields line={line} />
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

function Fields({ line: { fields } }: { readonly line: LogLine }) {
  const facts = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`);
  return facts.length === 0 ? null : <code>{facts.join(' ')}</code>;
}
