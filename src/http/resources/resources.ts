import type { ApiRoutes } from '../api-routes.ts';
import { addBindings } from './bindings.ts';
import { addChannels } from './channels.ts';
import { addConnections } from './connections.ts';
import { addConsumers } from './consumers.ts';
import { addDefinitions } from './definitions.ts';
import { addExchanges } from './exchanges.ts';
import { addHealthChecks } from './health-checks.ts';
import { addMessages } from './messages.ts';
import { addNodes } from './nodes.ts';
import { addOperations } from './operations.ts';
import { addOverview } from './overview.ts';
import { addParameters } from './parameters.ts';
import { addPermissions } from './permissions.ts';
import { addPolicies } from './policies.ts';
import { addPublishing } from './publishing.ts';
import { addQueues } from './queues.ts';
import { addRouteTracing } from './route-tracing.ts';
import { addTopicPermissions } from './topic-permissions.ts';
import { addUserLimits } from './user-limits.ts';
import { addUsers } from './users.ts';
import { addVhostLimits } from './vhost-limits.ts';
import { addVhosts } from './vhosts.ts';

/** All that the API has: a new resource is a file of its own and a line here. */
export function addResources(routes: ApiRoutes): void {
  routes.add('Overview', addOverview);
  routes.add('Nodes', addNodes);
  routes.add('Definitions', addDefinitions);
  routes.add('Connections', addConnections);
  routes.add('Channels', addChannels);
  routes.add('Consumers', addConsumers);
  routes.add('Exchanges', addExchanges);
  routes.add('Queues', addQueues);
  routes.add('Messages', addPublishing);
  routes.add('Messages', addMessages);
  routes.add('Messages', addRouteTracing);
  routes.add('Operations', addOperations);
  routes.add('Bindings', addBindings);
  routes.add('Virtual hosts', addVhosts);
  routes.add('Users', addUsers);
  routes.add('Permissions', addPermissions);
  routes.add('Topic permissions', addTopicPermissions);
  routes.add('Policies', addPolicies);
  routes.add('Parameters', addParameters);
  routes.add('Limits of virtual hosts', addVhostLimits);
  routes.add('Limits of users', addUserLimits);
  routes.add('Health checks', addHealthChecks);
}
