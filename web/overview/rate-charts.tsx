import { useState } from 'preact/hooks';
import type { Overview, RateDetails } from '../api/answers.ts';
import { useApp } from '../shell/app-context.ts';
import { Chart } from '../view/chart.tsx';
import { formatCount, formatDuration, formatRate } from '../view/format.ts';
import { Panel } from '../view/panel.tsx';
import { alignedTo, type Line, levelsOf, ratesOf } from '../view/samples.ts';
import { useLatest } from '../view/use-latest.ts';
import { usePoll } from '../view/use-poll.ts';

/** How far back, and in which steps: as the broker remembers it. */
const RANGES = [
  { ageS: 60, stepS: 5 },
  { ageS: 600, stepS: 5 },
  { ageS: 3600, stepS: 60 },
  { ageS: 28_800, stepS: 600 },
  { ageS: 86_400, stepS: 1800 },
] as const;

const BLUE = '#3b82c4';
const ORANGE = '#d98324';
const GREEN = '#2f9e6b';
const VIOLET = '#8b6fc4';

const FIELDS = [
  'queue_totals.messages_ready_details',
  'queue_totals.messages_unacknowledged_details',
  'message_stats.publish_details',
  'message_stats.deliver_get_details',
  'message_stats.ack_details',
  'message_stats.confirm_details',
];
/** There is nothing new before the next step. */
const LONGEST_INTERVAL_MS = 30_000;

/** How many messages there were, and how many came and went, as the broker remembers it. */
export function RateCharts() {
  const { texts, language } = useApp();
  const [range, setRange] = useState<(typeof RANGES)[number]>(RANGES[1]);
  const { ageS, stepS } = range;
  const sampled = `lengths_age=${ageS}&lengths_incr=${stepS}&msg_rates_age=${ageS}&msg_rates_incr=${stepS}`;
  const path = `/overview?${sampled}&columns=${FIELDS.join()}`;
  const overview = useLatest(usePoll<Overview>(path, Math.min(stepS * 1000, LONGEST_INTERVAL_MS)).data);
  const totals = overview?.queue_totals;
  const stats = overview?.message_stats;
  const line = (label: string, colour: string, found: Line) => ({ label, colour, found });
  const rates = (label: string, colour: string, details: RateDetails | undefined) =>
    line(label, colour, ratesOf(details));
  return (
    <>
      <div class="toolbar">
        <fieldset class="ranges">
          <legend class="only-read">{texts.timeRange}</legend>
          {RANGES.map((each) => (
            <label key={each.ageS}>
              <input type="radio" name="range" checked={each === range} onChange={() => setRange(each)} />
              <span>{formatDuration(each.ageS * 1000)}</span>
            </label>
          ))}
        </fieldset>
      </div>
      <div class="columns">
        <Panel title={texts.messages}>
          <LineChart
            title={texts.messages}
            lines={[
              line(texts.ready, ORANGE, levelsOf(totals?.messages_ready_details)),
              line(texts.unacked, BLUE, levelsOf(totals?.messages_unacknowledged_details)),
            ]}
            format={(value) => formatCount(value, language)}
          />
        </Panel>
        <Panel title={texts.messageRates}>
          <LineChart
            title={texts.messageRates}
            lines={[
              rates(texts.incoming, ORANGE, stats?.publish_details),
              rates(texts.delivered, BLUE, stats?.deliver_get_details),
              rates(texts.acknowledged, GREEN, stats?.ack_details),
              rates(texts.confirmed, VIOLET, stats?.confirm_details),
            ]}
            format={(value) => formatRate(value, language)}
          />
        </Panel>
      </div>
    </>
  );
}

interface LineChartProps {
  readonly title: string;
  readonly lines: readonly { readonly label: string; readonly colour: string; readonly found: Line }[];
  readonly format: (value: number) => string;
}

function LineChart({ title, lines, format }: LineChartProps) {
  const timesS = [...new Set(lines.flatMap(({ found }) => found.timesS))].sort((a, b) => a - b);
  const series = lines.map(({ label, colour, found }) => ({ label, colour, values: alignedTo(timesS, found) }));
  return <Chart title={title} timesS={timesS} series={series} format={format} />;
}
