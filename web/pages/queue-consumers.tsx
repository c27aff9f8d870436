import { useState } from 'preact/hooks';
import type { Consumer, Queue } from '../api/answers.ts';
import { type App, useApp } from '../shell/app-context.ts';
import { type Column, DataTable } from '../view/data-table.tsx';
import { Failure } from '../view/failure.tsx';
import { PAGE_SIZE } from '../view/list-state.ts';
import { Pager } from '../view/pager.tsx';
import { Panel } from '../view/panel.tsx';
import { stateText } from '../view/state-text.ts';
import { usePoll } from '../view/use-poll.ts';

/** The API has all consumers of a queue or none: where there are very many, they are asked for less often. */
const FEW_INTERVAL_MS = 3000;
const MANY_INTERVAL_MS = 15_000;

interface QueueConsumersProps {
  /** Of the queue. */
  readonly path: string;
  readonly count: number;
}

/** Who waits for a queue's messages. */
export function QueueConsumers({ path, count }: QueueConsumersProps) {
  const { texts } = useApp();
  return (
    <Panel title={texts.consumers}>
      {count === 0 ? <p class="empty">{texts.nothingHere}</p> : <ConsumerTable path={path} count={count} />}
    </Panel>
  );
}

function ConsumerTable({ path, count }: QueueConsumersProps) {
  const app = useApp();
  const [page, setPage] = useState(1);
  const intervalMs = count > PAGE_SIZE ? MANY_INTERVAL_MS : FEW_INTERVAL_MS;
  const { data, error } = usePoll<Queue>(`${path}?columns=consumer_details`, intervalMs);
  const consumers = data?.consumer_details ?? [];
  const pageCount = Math.max(1, Math.ceil(consumers.length / PAGE_SIZE));
  const shown = Math.min(page, pageCount);
  return (
    <>
      {error !== undefined && <Failure error={error} />}
      <DataTable<Consumer>
        rows={consumers.slice((shown - 1) * PAGE_SIZE, shown * PAGE_SIZE)}
        rowKey={(consumer) => `${consumer.channel_details.name} ${consumer.consumer_tag}`}
        columns={columnsFor(app)}
      />
      <Pager page={shown} pageCount={pageCount} onChange={setPage} />
    </>
  );
}

function columnsFor({ texts }: App): Column<Consumer>[] {
  return [
    { title: texts.consumerTag, cell: (consumer) => consumer.consumer_tag },
    { title: texts.channel, cell: (consumer) => consumer.channel_details.name, isMinor: true },
    {
      title: texts.acknowledgements,
      cell: (consumer) => (consumer.ack_required ? texts.manual : texts.automatic),
      isShort: true,
    },
    { title: texts.prefetch, cell: (consumer) => consumer.prefetch_count, isNumber: true },
    {
      title: texts.activity,
      cell: (consumer) => stateText(consumer.activity_status, texts),
      isMinor: true,
      isShort: true,
    },
  ];
}
