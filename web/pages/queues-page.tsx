import type { Queue } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import { type App, useApp } from '../shell/app-context.ts';
import { routeTo } from '../shell/route.ts';
import type { Column } from '../view/data-table.tsx';
import { Features } from '../view/features.tsx';
import { plainOptions } from '../view/form-field.tsx';
import { formatCount, formatOctets, formatRate } from '../view/format.ts';
import { PagedTable } from '../view/paged-table.tsx';
import { stateText } from '../view/state-text.ts';
import { argumentFields, argumentsIn } from './queue-arguments.ts';
import { QUEUE_FIELDS } from './queue-fields.ts';
import { vhostField } from './vhost-field.ts';

const TYPES = ['classic', 'quorum'];
const FIELDS = [...QUEUE_FIELDS, 'messages'];

export function QueuesPage() {
  const app = useApp();
  const { texts, vhost } = app;
  return (
    <>
      <h1>{texts.queues}</h1>
      <PagedTable<Queue>
        key={vhost}
        path={vhost === undefined ? '/queues' : apiPath('queues', vhost)}
        columns={columnsFor(app)}
        rowKey={(queue) => `${queue.vhost}\n${queue.name}`}
        fields={FIELDS}
        hasFilter
        actions={
          <button type="button" onClick={() => addQueue(app)}>
            {texts.addQueue}
          </button>
        }
      />
    </>
  );
}

function columnsFor({ texts, language, vhosts }: App): Column<Queue>[] {
  const count = (title: string, sort: 'messages' | 'messages_ready' | 'messages_unacknowledged' | 'consumers') => {
    const cell = (queue: Queue) => formatCount(queue[sort], language);
    return { title, sort, cell, isNumber: true };
  };
  const rate = (title: string, kind: 'publish_details' | 'deliver_get_details'): Column<Queue> => ({
    title,
    sort: `message_stats.${kind}.rate`,
    cell: ({ message_stats: stats }) => formatRate(stats?.[kind]?.rate, language),
    isNumber: true,
    isMinor: true,
  });
  return [
    { title: texts.name, sort: 'name', cell: ({ vhost, name }) => <a href={routeTo('queues', vhost, name)}>{name}</a> },
    ...(vhosts.length > 1
      ? [{ title: texts.virtualHost, sort: 'vhost', cell: ({ vhost }: Queue) => vhost, isMinor: true }]
      : []),
    { title: texts.type, sort: 'type', cell: ({ type }) => type, isMinor: true, isShort: true },
    { title: texts.features, cell: (queue) => <Features of={queue} />, isMinor: true, isShort: true },
    { title: texts.state, sort: 'state', cell: ({ state }) => stateText(state, texts), isShort: true, isMinor: true },
    count(texts.ready, 'messages_ready'),
    count(texts.unacked, 'messages_unacknowledged'),
    { ...count(texts.total, 'messages'), isMinor: true },
    {
      title: texts.size,
      sort: 'message_bytes',
      cell: ({ message_bytes: octets }) => formatOctets(octets),
      isNumber: true,
      isMinor: true,
    },
    { ...count(texts.consumers, 'consumers'), isMinor: true },
    rate(texts.incomingRate, 'publish_details'),
    rate(texts.deliveryRate, 'deliver_get_details'),
  ];
}

function addQueue(app: App): void {
  const { texts, api, ask, changed } = app;
  ask({
    title: texts.addQueue,
    action: texts.add,
    fields: [
      ...vhostField(app),
      { name: 'name', label: texts.name, isRequired: true },
      { name: 'type', label: texts.type, kind: 'select', options: plainOptions(TYPES) },
      { name: 'durable', label: texts.durable, kind: 'check', value: 'yes', hint: texts.durableHint },
      { name: 'autoDelete', label: texts.autoDelete, kind: 'check', hint: texts.autoDeleteHint },
    ],
    more: {
      title: texts.limitsAndMore,
      fields: [
        ...argumentFields(texts),
        { name: 'arguments', label: texts.furtherArguments, kind: 'json', hint: texts.argumentsHint },
      ],
    },
    run: async (values) => {
      await api.put(apiPath('queues', values.text('vhost'), values.text('name')), {
        durable: values.isSet('durable'),
        auto_delete: values.isSet('autoDelete'),
        arguments: { 'x-queue-type': values.text('type'), ...argumentsIn(values), ...values.table('arguments') },
      });
      changed();
    },
  });
}
