import { useState } from 'preact/hooks';
import type { TracedMessage } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import { useApp } from '../shell/app-context.ts';
import { Failure } from '../view/failure.tsx';
import { Chip } from '../view/features.tsx';
import { type FieldSpec, FormField } from '../view/form-field.tsx';
import { formatClock, formatCount } from '../view/format.ts';
import { MessageCard } from '../view/message-card.tsx';
import { useFollow } from '../view/use-follow.ts';
import { vhostField } from './vhost-field.ts';

/** Messages that are shown: the newest ones. */
const MAX_SHOWN = 100;
const FILTERS = ['exchange', 'routing_key', 'queue', 'user'];

interface News {
  readonly messages: readonly TracedMessage[];
  readonly dropped: number;
}

/** A message, with a number to tell it by. */
interface Seen {
  readonly number: number;
  readonly message: TracedMessage;
}

interface Sight {
  /** The newest first. */
  readonly seen: readonly Seen[];
  readonly nextNumber: number;
  readonly droppedCount: number;
}

const NOTHING_SEEN: Sight = { seen: [], nextNumber: 0, droppedCount: 0 };

/** Messages as they pass. Nothing is asked for before it is started, and nothing more after the page is left. */
export function TracePage() {
  const app = useApp();
  const { texts, language } = app;
  const [path, setPath] = useState<string>();
  const [sight, setSight] = useState<Sight>(NOTHING_SEEN);
  const { isOpen, error } = useFollow<News>(path, (news) => setSight((before) => news.reduce(withNews, before)));
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (isOpen) {
      setPath(undefined);
      return;
    }
    setSight(NOTHING_SEEN);
    setPath(pathFor(new FormData(event.target as HTMLFormElement)));
  };
  const fields: FieldSpec[] = [
    ...vhostField(app),
    { name: 'exchange', label: texts.exchange, hint: texts.anyExchange },
    { name: 'routing_key', label: texts.routingKey, hint: texts.onlyKeyHint },
    { name: 'queue', label: texts.queue, hint: texts.anyQueue },
    { name: 'user', label: texts.user, hint: texts.anyUser },
  ];
  return (
    <>
      <h1>{texts.trace}</h1>
      <p class="hint">{texts.traceHint}</p>
      <form class="filters panel" onSubmit={submit}>
        {fields.map((field) => (
          <FormField key={field.name} field={field} />
        ))}
        <button type="submit" class={isOpen ? 'danger' : 'primary'}>
          {isOpen ? texts.stop : texts.start}
        </button>
      </form>
      {error !== undefined && <Failure error={error} />}
      <p class="hint" role="status">
        {isOpen ? texts.watching : path === undefined ? texts.chooseVhost : error === undefined && texts.streamEnded}
        {sight.nextNumber > 0 && ` · ${texts.seenCount(formatCount(sight.nextNumber, language))}`}
        {sight.droppedCount > 0 && ` · ${texts.leftOut(formatCount(sight.droppedCount, language))}`}
      </p>
      {sight.seen.length > 0 && (
        <section class="panel">
          <ol class="messages" reversed>
            {sight.seen.map(({ number, message }) => (
              <li key={number}>
                <Traced message={message} />
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  );
}

function Traced({ message }: { readonly message: TracedMessage }) {
  const { texts } = useApp();
  const isPublish = message.kind === 'publish';
  const where = message.queues.length === 0 ? texts.routedNowhere : message.queues.join(', ');
  return (
    <MessageCard
      message={message}
      routingKeys={message.routing_keys}
      head={
        <>
          <time>{formatClock(message.time)}</time>
          <Chip text={isPublish ? texts.publishedBy(message.user) : texts.deliveredTo(message.user)} isMarked />
          <span>
            {isPublish ? '→' : '←'} {where}
          </span>
        </>
      }
    />
  );
}

function pathFor(data: FormData): string {
  const parameters = new URLSearchParams();
  for (const name of FILTERS) {
    const value = data.get(name);
    if (typeof value === 'string' && value !== '') parameters.set(name, value);
  }
  return `${apiPath('trace', String(data.get('vhost')))}?${parameters}`;
}

function withNews({ seen, nextNumber, droppedCount }: Sight, { messages, dropped }: News): Sight {
  const fresh = messages.map((message, index): Seen => ({ number: nextNumber + index, message })).reverse();
  return {
    seen: [...fresh, ...seen].slice(0, MAX_SHOWN),
    nextNumber: nextNumber + messages.length,
    droppedCount: droppedCount + dropped,
  };
}
