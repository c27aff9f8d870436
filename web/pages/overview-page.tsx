import type { Listener, Overview } from '../api/answers.ts';
import { NodePanels } from '../overview/node-panels.tsx';
import { RateCharts } from '../overview/rate-charts.tsx';
import { VhostPanel } from '../overview/vhost-panel.tsx';
import { useApp } from '../shell/app-context.ts';
import { routeTo } from '../shell/route.ts';
import { DataTable } from '../view/data-table.tsx';
import { Failure } from '../view/failure.tsx';
import { formatBriefly, formatRate } from '../view/format.ts';
import { Panel } from '../view/panel.tsx';
import { usePoll } from '../view/use-poll.ts';

/** The broker as a whole. Who does not monitor sees what is his own. */
export function OverviewPage() {
  const { texts, user } = useApp();
  const { data, error } = usePoll<Overview>('/overview');
  return (
    <>
      <h1>{data?.cluster_name ?? texts.overview}</h1>
      {error !== undefined && <Failure error={error} />}
      {data !== undefined && <Totals overview={data} />}
      {user.isMonitor && <RateCharts />}
      {user.isMonitor && (
        <div class="columns">
          <NodePanels version={data?.leveret_version ?? data?.rabbitmq_version}>
            {data?.listeners !== undefined && <Listeners listeners={data.listeners} />}
          </NodePanels>
        </div>
      )}
      <VhostPanel />
    </>
  );
}

function Totals({ overview }: { readonly overview: Overview }) {
  const { texts, language } = useApp();
  const { object_totals: objects, queue_totals: messages, message_stats: stats } = overview;
  const linked = (label: string, text: string, page: string) => (
    <a class="tile" href={routeTo(page)} key={label}>
      <strong>{text}</strong>
      <span>{label}</span>
    </a>
  );
  const tile = (label: string, count: number | undefined, page: string) =>
    linked(label, formatBriefly(count ?? 0, language), page);
  const rate = (label: string, perSecond: number | undefined) =>
    linked(label, formatRate(perSecond ?? 0, language), 'topology');
  return (
    <div class="tiles totals">
      {objects.consumers !== undefined && rate(texts.incoming, stats?.publish_details?.rate)}
      {objects.consumers !== undefined && rate(texts.delivered, stats?.deliver_get_details?.rate)}
      {tile(texts.ready, messages.messages_ready, 'queues')}
      {tile(texts.unacked, messages.messages_unacknowledged, 'queues')}
      {tile(texts.queues, objects.queues, 'queues')}
      {tile(texts.exchanges, objects.exchanges, 'exchanges')}
      {tile(texts.connections, objects.connections, 'connections')}
      {tile(texts.channels, objects.channels, 'channels')}
      {objects.consumers !== undefined && tile(texts.consumers, objects.consumers, 'queues')}
    </div>
  );
}

function Listeners({ listeners }: { readonly listeners: readonly Listener[] }) {
  const { texts } = useApp();
  return (
    <Panel title={texts.listeners}>
      <DataTable<Listener>
        rows={listeners}
        rowKey={({ protocol, ip_address: address, port }) => `${protocol} ${address} ${port}`}
        columns={[
          { title: texts.protocol, cell: ({ protocol }) => protocol },
          { title: texts.address, cell: ({ ip_address: address }) => address },
          { title: texts.port, cell: ({ port }) => port, isNumber: true },
        ]}
      />
    </Panel>
  );
}
