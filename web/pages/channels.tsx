import type { Channel } from '../api/answers.ts';
import { useApp } from '../shell/app-context.ts';
import { routeTo } from '../shell/route.ts';
import { formatCount } from '../view/format.ts';
import { PagedTable } from '../view/paged-table.tsx';
import { stateText } from '../view/state-text.ts';

const FIELDS = [
  'name',
  'connection_details.name',
  'user',
  'vhost',
  'state',
  'confirm',
  'transactional',
  'consumer_count',
  'prefetch_count',
  'messages_unacknowledged',
  'messages_unconfirmed',
];

interface ChannelsProps {
  readonly path: string;
  readonly hasFilter?: boolean;
}

export function Channels({ path, hasFilter = false }: ChannelsProps) {
  const { texts, language } = useApp();
  const modeOf = ({ confirm, transactional }: Channel) =>
    confirm ? texts.confirms : transactional ? texts.transactions : '–';
  return (
    <PagedTable<Channel>
      path={path}
      hasFilter={hasFilter}
      rowKey={({ name }) => name}
      fields={FIELDS}
      columns={[
        {
          title: texts.channel,
          sort: 'name',
          cell: ({ name, connection_details: { name: connection } }) => (
            <a href={routeTo('connections', connection)}>{name}</a>
          ),
        },
        { title: texts.user, sort: 'user', cell: ({ user }) => user, isMinor: true },
        { title: texts.virtualHost, sort: 'vhost', cell: ({ vhost }) => vhost, isMinor: true },
        {
          title: texts.state,
          sort: 'state',
          cell: ({ state }) => stateText(state, texts),
          isShort: true,
          isMinor: true,
        },
        { title: texts.mode, cell: modeOf, isMinor: true, isShort: true },
        { title: texts.consumers, sort: 'consumer_count', cell: (channel) => channel.consumer_count, isNumber: true },
        {
          title: texts.prefetch,
          sort: 'prefetch_count',
          cell: (channel) => channel.prefetch_count,
          isNumber: true,
          isMinor: true,
        },
        {
          title: texts.unacked,
          sort: 'messages_unacknowledged',
          cell: (channel) => formatCount(channel.messages_unacknowledged, language),
          isNumber: true,
        },
        {
          title: texts.unconfirmed,
          sort: 'messages_unconfirmed',
          cell: (channel) => formatCount(channel.messages_unconfirmed, language),
          isNumber: true,
          isMinor: true,
        },
      ]}
    />
  );
}
