import { useEffect, useState } from 'preact/hooks';
import type { BrowsedMessage, Queue } from '../api/answers.ts';
import { ApiError, apiPath } from '../api/client.ts';
import { useApp } from '../shell/app-context.ts';
import { Failure } from '../view/failure.tsx';
import { formatCount, formatMoment } from '../view/format.ts';
import { MessageCard } from '../view/message-card.tsx';
import { Panel } from '../view/panel.tsx';
import { moveMessages, replayDeadLetters } from './queue-actions.ts';

/** Shown at a time. */
const PAGE_LENGTH = 20;
/** Of each body. */
const BODY_LIMIT_OCTETS = 16 * 1024;
const BEFORE_FIRST = -1;

interface Browsed {
  readonly after: number;
  readonly messages: readonly BrowsedMessage[];
}

interface BrowsePanelProps {
  readonly queue: Queue;
  readonly onClose: () => void;
}

/** A queue's messages as they lie in it, some at a time; those that are chosen can be moved or replayed. */
export function BrowsePanel({ queue, onClose }: BrowsePanelProps) {
  const app = useApp();
  const { texts, language, api } = app;
  const [browsed, setBrowsed] = useState<Browsed>();
  const [error, setError] = useState<ApiError>();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const browse = async (after: number): Promise<void> => {
    setSelected(new Set());
    try {
      const body = { count: PAGE_LENGTH, truncate: BODY_LIMIT_OCTETS, after };
      const messages = await api.post<BrowsedMessage[]>(apiPath('queues', queue.vhost, queue.name, 'browse'), body);
      setBrowsed({ after, messages });
      setError(undefined);
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      setError(caught);
    }
  };
  useEffect(() => void browse(BEFORE_FIRST), []);
  const messages = browsed?.messages ?? [];
  const toggle = (ticket: string): void => {
    const next = new Set(selected);
    if (!next.delete(ticket)) next.add(ticket);
    setSelected(next);
  };
  const isAllSelected = messages.length > 0 && selected.size === messages.length;
  const onMoved = () => void browse(browsed?.after ?? BEFORE_FIRST);
  const chosen = [...selected];
  return (
    <Panel title={texts.messages} onClose={onClose}>
      <p class="hint">{texts.browseHint}</p>
      {error !== undefined && <Failure error={error} />}
      <div class="toolbar">
        <label class="field check">
          <input
            type="checkbox"
            checked={isAllSelected}
            disabled={messages.length === 0}
            onChange={() => setSelected(new Set(isAllSelected ? [] : messages.map(({ ticket }) => ticket)))}
          />
          <span>
            {selected.size === 0 ? texts.selectAll : texts.selectedCount(formatCount(selected.size, language))}
          </span>
        </label>
        {selected.size > 0 && (
          <span class="buttons">
            <button type="button" onClick={() => void moveMessages(app, queue, chosen, onMoved)}>
              {texts.move}…
            </button>
            <button type="button" onClick={() => replayDeadLetters(app, queue, chosen, onMoved)}>
              {texts.replayLetters}…
            </button>
          </span>
        )}
        <span class="buttons end">
          <small>
            {texts.browsedCount(formatCount(messages.length, language), formatCount(queue.messages_ready, language))}
          </small>
          <button type="button" onClick={() => void browse(BEFORE_FIRST)}>
            {texts.browseFrom}
          </button>
          <button
            type="button"
            disabled={messages.length < PAGE_LENGTH}
            onClick={() => void browse(messages.at(-1)!.position)}
          >
            {texts.browseOn}
          </button>
        </span>
      </div>
      {browsed !== undefined && messages.length === 0 && <p class="empty">{texts.noMessages}</p>}
      <ol class="messages">
        {messages.map((message) => (
          <li key={message.ticket}>
            <MessageCard
              message={message}
              routingKeys={[message.routing_key]}
              head={
                <label class="pick">
                  <input
                    type="checkbox"
                    checked={selected.has(message.ticket)}
                    onChange={() => toggle(message.ticket)}
                    aria-label={texts.selectMessage(formatCount(message.position, language))}
                  />
                  <time dateTime={new Date(message.received_at).toISOString()} title={texts.cameAt}>
                    {formatMoment(message.received_at)}
                  </time>
                </label>
              }
            />
          </li>
        ))}
      </ol>
    </Panel>
  );
}
