import { useState } from 'preact/hooks';
import type { Message, Queue } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import { useApp } from '../shell/app-context.ts';
import { routeTo } from '../shell/route.ts';
import { Facts, TableValue } from '../view/facts.tsx';
import { Failure } from '../view/failure.tsx';
import { Chip, Features } from '../view/features.tsx';
import { formatBriefly, formatCount, formatOctets, formatRate } from '../view/format.ts';
import { MessageCard } from '../view/message-card.tsx';
import { Panel } from '../view/panel.tsx';
import { stateText } from '../view/state-text.ts';
import { usePoll } from '../view/use-poll.ts';
import { addBinding } from './binding-actions.ts';
import { Bindings } from './bindings.tsx';
import { BrowsePanel } from './browse-panel.tsx';
import { getMessages, publishMessage } from './message-actions.ts';
import { moveMessages, pauseQueue, purgeQueue, removeQueue, replayDeadLetters, resumeQueue } from './queue-actions.ts';
import { QueueConsumers } from './queue-consumers.tsx';
import { QUEUE_FIELDS } from './queue-fields.ts';

const FIELDS = [...QUEUE_FIELDS, 'arguments', 'operator_policy', 'effective_policy_definition'];

interface QueuePageProps {
  readonly vhost: string;
  readonly name: string;
}

/** A queue, with its messages, bindings and consumers. */
export function QueuePage({ vhost, name }: QueuePageProps) {
  const app = useApp();
  const { texts } = app;
  const [messages, setMessages] = useState<readonly Message[]>([]);
  // Whether messages are looked at, and how often that was begun.
  const [browsing, setBrowsing] = useState(0);
  const renewBrowsing = () => setBrowsing((before) => before + 1);
  const path = apiPath('queues', vhost, name);
  const { data: queue, error } = usePoll<Queue>(`${path}?columns=${FIELDS.join()}`);
  return (
    <>
      <nav class="trail">
        <a href={routeTo('queues')}>{texts.queues}</a> <span>{vhost}</span>
      </nav>
      <div class="title">
        <h1>{name}</h1>
        {queue !== undefined && <Features of={queue} />}
        {queue?.state === 'paused' && <Chip text={texts.paused} isMarked />}
      </div>
      {error !== undefined && <Failure error={error} />}
      {queue !== undefined && (
        <>
          <div class="buttons">
            <button type="button" class="primary" onClick={() => publishMessage(app, vhost, 'amq.default', name)}>
              {texts.publish}
            </button>
            <button type="button" onClick={renewBrowsing}>
              {texts.browse}
            </button>
            <button type="button" onClick={() => getMessages(app, vhost, name, setMessages)}>
              {texts.getMessages}
            </button>
            {queue.state === 'paused' ? (
              <button type="button" onClick={() => void resumeQueue(app, queue)}>
                {texts.resume}
              </button>
            ) : (
              <button type="button" onClick={() => pauseQueue(app, queue)}>
                {texts.pause}
              </button>
            )}
            <button type="button" onClick={() => void moveMessages(app, queue, undefined, renewBrowsing)}>
              {texts.move}
            </button>
            <button type="button" onClick={() => replayDeadLetters(app, queue, undefined, renewBrowsing)}>
              {texts.replayLetters}
            </button>
            <button type="button" class="danger" onClick={() => purgeQueue(app, queue)}>
              {texts.purge}
            </button>
            <button type="button" class="danger" onClick={() => removeQueue(app, queue)}>
              {texts.remove}
            </button>
          </div>
          <Numbers queue={queue} />
          {browsing > 0 && <BrowsePanel key={browsing} queue={queue} onClose={() => setBrowsing(0)} />}
          {messages.length > 0 && <Messages messages={messages} onClear={() => setMessages([])} />}
          <Settings queue={queue} />
          <QueueConsumers path={path} count={queue.consumers} />
          <Panel
            title={texts.bindings}
            actions={
              <button type="button" onClick={() => addBinding(app, vhost, { kind: 'queue', name })}>
                {texts.addBinding}
              </button>
            }
          >
            <Bindings path={`${path}/bindings`} hides="destination" />
          </Panel>
        </>
      )}
    </>
  );
}

function Numbers({ queue }: { readonly queue: Queue }) {
  const { texts, language } = useApp();
  const stats = queue.message_stats;
  const tile = (label: string, text: string) => (
    <div class="tile" key={label}>
      <strong>{text}</strong>
      <span>{label}</span>
    </div>
  );
  return (
    <div class="tiles">
      {tile(texts.ready, formatBriefly(queue.messages_ready, language))}
      {tile(texts.unacked, formatBriefly(queue.messages_unacknowledged, language))}
      {tile(texts.size, formatOctets(queue.message_bytes))}
      {tile(texts.consumers, formatCount(queue.consumers, language))}
      {stats !== undefined && tile(texts.incoming, formatRate(stats.publish_details?.rate ?? 0, language))}
      {stats !== undefined && tile(texts.delivered, formatRate(stats.deliver_get_details?.rate ?? 0, language))}
    </div>
  );
}

function Settings({ queue }: { readonly queue: Queue }) {
  const { texts } = useApp();
  return (
    <Panel title={texts.settings}>
      <Facts
        facts={[
          [texts.type, queue.type],
          [texts.state, stateText(queue.state, texts)],
          [texts.policy, queue.policy || '–'],
          [texts.operatorPolicy, queue.operator_policy || '–'],
          [texts.effectivePolicy, <TableValue key="effective" table={queue.effective_policy_definition} />],
          [texts.arguments, <TableValue key="arguments" table={queue.arguments} />],
        ]}
      />
    </Panel>
  );
}

interface MessagesProps {
  readonly messages: readonly Message[];
  readonly onClear: () => void;
}

function Messages({ messages, onClear }: MessagesProps) {
  const { texts } = useApp();
  return (
    <Panel title={texts.messages} onClose={onClear}>
      <ol class="messages">
        {messages.map((message, index) => (
          // Messages have no other identity, and the list does not change.
          <li key={index}>
            <MessageCard message={message} routingKeys={[message.routing_key]} />
          </li>
        ))}
      </ol>
    </Panel>
  );
}
