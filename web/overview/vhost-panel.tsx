import type { Page, VirtualHost } from '../api/answers.ts';
import { useApp } from '../shell/app-context.ts';
import { DataTable } from '../view/data-table.tsx';
import { formatCount, formatRate } from '../view/format.ts';
import { Panel } from '../view/panel.tsx';
import { ratesOf } from '../view/samples.ts';
import { Sparkline } from '../view/sparkline.tsx';
import { usePoll } from '../view/use-poll.ts';

/** The busiest ones so far: they hardly change places. */
const LISTED = 'page=1&page_size=12&sort=message_stats.publish&sort_reverse=true';
const RATES = 'message_stats.publish_details,message_stats.deliver_get_details.rate';
const SAMPLED = `msg_rates_age=600&msg_rates_incr=10&columns=name,messages,${RATES}`;
const INTERVAL_MS = 10_000;

/** What goes through each virtual host. */
export function VhostPanel() {
  const { texts, language } = useApp();
  const { data } = usePoll<Page<VirtualHost>>(`/vhosts?${LISTED}&${SAMPLED}`, INTERVAL_MS);
  return (
    <Panel title={texts.virtualHosts} actions={<span class="hint">{texts.lastMinutes('10')}</span>}>
      <DataTable<VirtualHost>
        rows={data?.items ?? []}
        rowKey={({ name }) => name}
        columns={[
          { title: texts.name, cell: ({ name }) => name },
          {
            title: texts.messages,
            cell: ({ messages }) => formatCount(messages ?? 0, language),
            isNumber: true,
            isMinor: true,
          },
          {
            title: texts.incomingRate,
            cell: ({ message_stats: stats }) => formatRate(stats?.publish_details?.rate ?? 0, language),
            isNumber: true,
          },
          {
            title: texts.deliveryRate,
            cell: ({ message_stats: stats }) => formatRate(stats?.deliver_get_details?.rate ?? 0, language),
            isNumber: true,
          },
          {
            title: '',
            isNumber: true,
            cell: ({ name, message_stats: stats }) => (
              <Sparkline values={ratesOf(stats?.publish_details).values} label={`${texts.messageRates}: ${name}`} />
            ),
          },
        ]}
      />
    </Panel>
  );
}
