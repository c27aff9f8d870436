import type { Connection } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import { type App, useApp } from '../shell/app-context.ts';
import { routeTo } from '../shell/route.ts';
import type { Column } from '../view/data-table.tsx';
import { formatOctets, formatValue } from '../view/format.ts';
import { PagedTable } from '../view/paged-table.tsx';
import { stateText } from '../view/state-text.ts';

const FIELDS = [
  'name',
  'vhost',
  'user',
  'state',
  'channels',
  'recv_oct',
  'send_oct',
  'client_properties.connection_name',
  'client_properties.product',
  'client_properties.version',
];

export function ConnectionsPage() {
  const app = useApp();
  const { texts, vhost } = app;
  return (
    <>
      <h1>{texts.connections}</h1>
      <PagedTable<Connection>
        key={vhost}
        path={vhost === undefined ? '/connections' : apiPath('vhosts', vhost, 'connections')}
        columns={columnsFor(app)}
        rowKey={({ name }) => name}
        fields={FIELDS}
        hasFilter
      />
    </>
  );
}

function columnsFor({ texts, vhosts }: App): Column<Connection>[] {
  return [
    { title: texts.name, sort: 'name', cell: ({ name }) => <a href={routeTo('connections', name)}>{name}</a> },
    ...(vhosts.length > 1
      ? [{ title: texts.virtualHost, sort: 'vhost', cell: ({ vhost }: Connection) => vhost, isMinor: true }]
      : []),
    { title: texts.user, sort: 'user', cell: ({ user }) => user, isMinor: true },
    { title: texts.state, sort: 'state', cell: ({ state }) => stateText(state, texts), isShort: true },
    { title: texts.client, cell: clientOf, isMinor: true },
    { title: texts.channels, sort: 'channels', cell: ({ channels }) => channels, isNumber: true },
    {
      title: texts.received,
      sort: 'recv_oct',
      cell: ({ recv_oct: octets }) => formatOctets(octets),
      isNumber: true,
      isMinor: true,
    },
    {
      title: texts.sent,
      sort: 'send_oct',
      cell: ({ send_oct: octets }) => formatOctets(octets),
      isNumber: true,
      isMinor: true,
    },
  ];
}

/** What the client says it is. */
function clientOf({ client_properties: properties }: Connection): string {
  const words = ['connection_name', 'product', 'version'].map((name) => properties[name]);
  return words
    .filter((word) => word !== undefined)
    .map(formatValue)
    .join(' ');
}
