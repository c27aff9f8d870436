import { ChannelsPage } from '../pages/channels-page.tsx';
import { ConnectionPage } from '../pages/connection-page.tsx';
import { ConnectionsPage } from '../pages/connections-page.tsx';
import { DefinitionsPage } from '../pages/definitions-page.tsx';
import { ExchangePage } from '../pages/exchange-page.tsx';
import { ExchangesPage } from '../pages/exchanges-page.tsx';
import { LimitsPage } from '../pages/limits-page.tsx';
import { LogPage } from '../pages/log-page.tsx';
import { OverviewPage } from '../pages/overview-page.tsx';
import { ParametersPage } from '../pages/parameters-page.tsx';
import { PoliciesPage } from '../pages/policies-page.tsx';
import { QueuePage } from '../pages/queue-page.tsx';
import { QueuesPage } from '../pages/queues-page.tsx';
import { TopologyPage } from '../pages/topology-page.tsx';
import { TracePage } from '../pages/trace-page.tsx';
import { TryRoutePage } from '../pages/try-route-page.tsx';
import { UsersPage } from '../pages/users-page.tsx';
import { VhostsPage } from '../pages/vhosts-page.tsx';
import { useApp } from './app-context.ts';
import type { Route } from './route.ts';

/** The page of an address. */
export function PageAt({ route }: { readonly route: Route }) {
  const { texts } = useApp();
  const [page, first, second] = route;
  switch (page) {
    case 'overview':
      return <OverviewPage />;
    case 'queues':
      if (first === undefined || second === undefined) return <QueuesPage />;
      return <QueuePage key={route.join('/')} vhost={first} name={second} />;
    case 'exchanges':
      if (first === undefined || second === undefined) return <ExchangesPage />;
      return <ExchangePage key={route.join('/')} vhost={first} name={second} />;
    case 'connections':
      return first === undefined ? <ConnectionsPage /> : <ConnectionPage key={first} name={first} />;
    case 'channels':
      return <ChannelsPage />;
    case 'topology':
      return <TopologyPage />;
    case 'try-route':
      return <TryRoutePage key={route.join('/')} vhost={first} exchange={second} />;
    case 'policies':
      return <PoliciesPage />;
    case 'users':
      return <UsersPage />;
    case 'vhosts':
      return <VhostsPage />;
    case 'limits':
      return <LimitsPage />;
    case 'parameters':
      return <ParametersPage />;
    case 'trace':
      return <TracePage />;
    case 'logs':
      return <LogPage />;
    case 'definitions':
      return <DefinitionsPage />;
    default:
      return <p class="empty">{texts.notFound}</p>;
  }
}
