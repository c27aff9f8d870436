import { useEffect, useState } from 'preact/hooks';
import type { Listener, Node, Overview } from '../api/answers.ts';
import { useApp } from '../shell/app-context.ts';
import { routeTo } from '../shell/route.ts';
import { Chart } from '../view/chart.tsx';
import { DataTable } from '../view/data-table.tsx';
import { Facts } from '../view/facts.tsx';
import { Failure } from '../view/failure.tsx';
import { formatCount, formatDuration, formatOctets, formatRate } from '../view/format.ts';
import { type History, NO_HISTORY, valuesOf, withSample } from '../view/history.ts';
import { Panel } from '../view/panel.tsx';
import { usePoll } from '../view/use-poll.ts';

const BLUE = '#3b82c4';
const ORANGE = '#d98324';
const GREEN = '#2f9e6b';

/** The broker as a whole. */
export function OverviewPage() {
  const { texts, user } = useApp();
  const { data, error } = usePoll<Overview>('/overview');
  const history = useHistory(data);
  return (
    <>
      <h1>{data?.cluster_name ?? texts.overview}</h1>
      {error !== undefined && <Failure error={error} />}
      {data !== undefined && <Totals overview={data} />}
      {data !== undefined && <Charts history={history} hasRates={data.message_stats !== undefined} />}
      <div class="columns">
        {user.isMonitor && <NodePanel version={data?.leveret_version ?? data?.rabbitmq_version} />}
        {data?.listeners !== undefined && <Listeners listeners={data.listeners} />}
      </div>
    </>
  );
}

/** What the answers said, one after the other, since the page was opened. */
function useHistory(overview: Overview | undefined): History {
  const [history, setHistory] = useState(NO_HISTORY);
  useEffect(() => {
    if (overview === undefined) return;
    const { queue_totals: totals, message_stats: stats } = overview;
    const sample = [
      totals.messages_ready ?? 0,
      totals.messages_unacknowledged ?? 0,
      stats?.publish_details?.rate,
      stats?.deliver_get_details?.rate,
      stats?.ack_details?.rate,
    ];
    setHistory((before) => withSample(before, Date.now() / 1000, sample));
  }, [overview]);
  return history;
}

function Totals({ overview: { object_totals: objects, queue_totals: messages } }: { readonly overview: Overview }) {
  const { texts, language } = useApp();
  const tile = (label: string, count: number | undefined, page: string) => (
    <a class="tile" href={routeTo(page)} key={label}>
      <strong>{formatCount(count ?? 0, language)}</strong>
      <span>{label}</span>
    </a>
  );
  return (
    <div class="tiles">
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

function Charts({ history, hasRates }: { readonly history: History; readonly hasRates: boolean }) {
  const { texts, language } = useApp();
  const line = (label: string, colour: string, index: number) => ({ label, colour, values: valuesOf(history, index) });
  return (
    <div class="columns">
      <Panel title={texts.messages} actions={<span class="hint">{texts.sinceOpened}</span>}>
        <Chart
          title={texts.messages}
          timesS={history.timesS}
          series={[line(texts.ready, ORANGE, 0), line(texts.unacked, BLUE, 1)]}
          format={(value) => formatCount(value, language)}
        />
      </Panel>
      {hasRates && (
        <Panel title={texts.messageRates} actions={<span class="hint">{texts.sinceOpened}</span>}>
          <Chart
            title={texts.messageRates}
            timesS={history.timesS}
            series={[
              line(texts.incoming, ORANGE, 2),
              line(texts.delivered, BLUE, 3),
              line(texts.acknowledged, GREEN, 4),
            ]}
            format={(value) => formatRate(value, language)}
          />
        </Panel>
      )}
    </div>
  );
}

function NodePanel({ version }: { readonly version: string | undefined }) {
  const { texts, language } = useApp();
  const { data, error } = usePoll<readonly Node[]>('/nodes');
  const node = data?.[0];
  return (
    <Panel title={texts.node}>
      {error !== undefined && <Failure error={error} />}
      {node?.mem_alarm && <p class="error">{texts.memoryAlarm}</p>}
      {node?.disk_free_alarm && <p class="error">{texts.diskAlarm}</p>}
      {node !== undefined && (
        <Facts
          facts={[
            [texts.name, node.name],
            [texts.version, version ?? '–'],
            [texts.uptime, formatDuration(node.uptime)],
            [texts.memory, withLimit(node.mem_used, node.mem_limit, texts.limitAt)],
            [texts.diskFree, withLimit(node.disk_free, node.disk_free_limit, texts.limitAt)],
            [texts.sockets, formatCount(node.sockets_used, language)],
          ]}
        />
      )}
    </Panel>
  );
}

function withLimit(octets: number | undefined, limit: number | undefined, limitAt: (limit: string) => string): string {
  if (octets === undefined || limit === undefined) return formatOctets(octets);
  return `${formatOctets(octets)} (${limitAt(formatOctets(limit))})`;
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
