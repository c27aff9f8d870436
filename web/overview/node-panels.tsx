import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Histogram, HistogramName, Node, RateDetails } from '../api/answers.ts';
import { useApp } from '../shell/app-context.ts';
import { DataTable } from '../view/data-table.tsx';
import { Facts } from '../view/facts.tsx';
import { Failure } from '../view/failure.tsx';
import { formatCount, formatDuration, formatMilliseconds, formatOctets } from '../view/format.ts';
import { Panel } from '../view/panel.tsx';
import { levelsOf } from '../view/samples.ts';
import { Sparkline } from '../view/sparkline.tsx';
import { usePoll } from '../view/use-poll.ts';
import { quantile, since } from './quantile.ts';

const SAMPLED = 'node_stats_age=600&node_stats_incr=10';
const FIELDS = [
  'name',
  'uptime',
  'sockets_used',
  'mem_used',
  'mem_limit',
  'mem_alarm',
  'mem_used_details',
  'disk_free',
  'disk_free_limit',
  'disk_free_alarm',
  'disk_free_details',
  'histograms',
];

interface NodePanelsProps {
  readonly version: string | undefined;
  /** What stands below how long things take. */
  readonly children: ComponentChildren;
}

/** The machine's part in it: alarms, memory, disk, and how long things take. */
export function NodePanels({ version, children }: NodePanelsProps) {
  const { texts, language } = useApp();
  const { data, error } = usePoll<readonly Node[]>(`/nodes?${SAMPLED}&columns=${FIELDS.join()}`);
  const node = data?.[0];
  return (
    <>
      <Panel title={texts.node}>
        {error !== undefined && <Failure error={error} />}
        {node !== undefined && <Alarms node={node} />}
        {node !== undefined && (
          <Facts
            facts={[
              [texts.name, node.name],
              [texts.version, version ?? '–'],
              [texts.uptime, formatDuration(node.uptime)],
              [texts.sockets, formatCount(node.sockets_used, language)],
              [texts.memory, <Memory key="memory" node={node} />],
              [texts.diskFree, <Disk key="disk" node={node} />],
            ]}
          />
        )}
      </Panel>
      <div class="stack">
        {node !== undefined && <Latencies node={node} />}
        {children}
      </div>
    </>
  );
}

function Alarms({ node }: { readonly node: Node }) {
  const { texts } = useApp();
  if (!node.mem_alarm && !node.disk_free_alarm) return <p class="well">{texts.noAlarms}</p>;
  return (
    <>
      {node.mem_alarm && <p class="error">{texts.memoryAlarm}</p>}
      {node.disk_free_alarm && <p class="error">{texts.diskAlarm}</p>}
    </>
  );
}

function Memory({
  node: { mem_used: used, mem_limit: limit, mem_alarm: alarm, mem_used_details: details },
}: NodeProps) {
  const { texts } = useApp();
  return (
    <span class="gauge">
      {formatOctets(used)} <small>{texts.limitAt(formatOctets(limit))}</small>
      <Bar share={used / limit} isAlarming={alarm} />
      <Sparkline values={known(details)} label={texts.memory} />
    </span>
  );
}

function Disk({ node: { disk_free: free, disk_free_limit: limit, disk_free_alarm: alarm, ...node } }: NodeProps) {
  const { texts } = useApp();
  if (free === undefined || limit === undefined) return <>{texts.inMemoryOnly}</>;
  return (
    <span class="gauge">
      {formatOctets(free)} <small>{texts.limitAt(formatOctets(limit))}</small>
      <Bar share={limit / Math.max(free, 1)} isAlarming={alarm} />
      <Sparkline values={known(node.disk_free_details)} label={texts.diskFree} />
    </span>
  );
}

/** Without the time before the broker was started, which counts as nothing. */
function known(details: RateDetails | undefined): number[] {
  return levelsOf(details).values.filter((value) => value > 0);
}

interface NodeProps {
  readonly node: Node;
}

/** How near a limit is: full means that it is reached. */
function Bar({ share, isAlarming }: { readonly share: number; readonly isAlarming: boolean }) {
  const percent = Math.min(100, Math.max(0, share * 100));
  return (
    <span class={isAlarming ? 'bar alarming' : 'bar'} aria-hidden="true">
      <i style={{ width: `${percent.toFixed(1)}%` }} />
    </span>
  );
}

/** As many answers as make the last minute, and as are drawn. */
const MINUTE = 20;
const DRAWN = 60;

interface Latency {
  readonly name: HistogramName;
  readonly label: string;
  readonly hint: string;
  /** Of the histogram's unit. */
  readonly unitMs: number;
}

/** How long syncs and deliveries take, and how late the event loop is: of the last minute, while this is looked at. */
function Latencies({ node }: NodeProps) {
  const { texts, language } = useApp();
  const [seen, setSeen] = useState<readonly Node[]>([]);
  useEffect(() => setSeen((before) => [...before, node].slice(-DRAWN - MINUTE)), [node]);
  const latencies: readonly Latency[] = [
    { name: 'sync_seconds', label: texts.syncLatency, hint: texts.syncLatencyHint, unitMs: 1000 },
    { name: 'delivery_milliseconds', label: texts.deliveryLatency, hint: texts.deliveryLatencyHint, unitMs: 1 },
    { name: 'event_loop_delay_seconds', label: texts.loopDelay, hint: texts.loopDelayHint, unitMs: 1000 },
  ];
  const lastMinute = ({ name }: Latency, at: number): Histogram | undefined => {
    const later = seen[at];
    return later && since(seen[Math.max(0, at - MINUTE)]?.histograms[name], later.histograms[name]);
  };
  const inMs = (latency: Latency, at: number, share: number): number | undefined => {
    const histogram = lastMinute(latency, at);
    const found = histogram && quantile(histogram, share);
    return found && found * latency.unitMs;
  };
  const shown = (latency: Latency, share: number) =>
    formatMilliseconds(inMs(latency, seen.length - 1, share), language);
  return (
    <Panel title={texts.latency} actions={<span class="hint">{texts.lastMinute}</span>}>
      <DataTable<Latency>
        rows={latencies}
        rowKey={({ name }) => name}
        columns={[
          { title: '', cell: ({ label, hint }) => <span title={hint}>{label}</span> },
          { title: texts.median, cell: (latency) => shown(latency, 0.5), isNumber: true },
          { title: texts.percentile99, cell: (latency) => shown(latency, 0.99), isNumber: true },
          {
            title: '',
            isMinor: true,
            isNumber: true,
            cell: (latency) => (
              <Sparkline
                values={seen.map((_node, at) => inMs(latency, at, 0.99)).filter((value) => value !== undefined)}
                label={latency.label}
              />
            ),
          },
        ]}
      />
    </Panel>
  );
}
