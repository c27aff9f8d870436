import { setImmediate as turn } from 'node:timers/promises';
import type { ApiRoutes, Resource } from '../api-routes.ts';

/** All that the API has: a new resource is a file of its own and a line here. The first word is what it is documented under. */
const RESOURCES: readonly (readonly [tag: string, load: () => Promise<Resource>])[] = [
  ['Overview', async () => (await import('./overview.ts')).addOverview],
  ['Nodes', async () => (await import('./nodes.ts')).addNodes],
  ['Logins', async () => (await import('./login-attempts.ts')).addLoginAttempts],
  ['Definitions', async () => (await import('./definitions.ts')).addDefinitions],
  ['Connections', async () => (await import('./connections.ts')).addConnections],
  ['Channels', async () => (await import('./channels.ts')).addChannels],
  ['Consumers', async () => (await import('./consumers.ts')).addConsumers],
  ['Exchanges', async () => (await import('./exchanges.ts')).addExchanges],
  ['Queues', async () => (await import('./queues.ts')).addQueues],
  ['Messages', async () => (await import('./publishing.ts')).addPublishing],
  ['Messages', async () => (await import('./messages.ts')).addMessages],
  ['Messages', async () => (await import('./route-tracing.ts')).addRouteTracing],
  ['Operations', async () => (await import('./operations.ts')).addOperations],
  ['Trace', async () => (await import('./trace.ts')).addTrace],
  ['Logs', async () => (await import('./logs.ts')).addLogs],
  ['Bindings', async () => (await import('./bindings.ts')).addBindings],
  ['Topology', async () => (await import('./topology.ts')).addTopology],
  ['Virtual hosts', async () => (await import('./vhosts.ts')).addVhosts],
  ['Users', async () => (await import('./users.ts')).addUsers],
  ['Permissions', async () => (await import('./permissions.ts')).addPermissions],
  ['Topic permissions', async () => (await import('./topic-permissions.ts')).addTopicPermissions],
  ['Policies', async () => (await import('./policies.ts')).addPolicies],
  ['Parameters', async () => (await import('./parameters.ts')).addParameters],
  ['Limits of virtual hosts', async () => (await import('./vhost-limits.ts')).addVhostLimits],
  ['Limits of users', async () => (await import('./user-limits.ts')).addUserLimits],
  ['Limits of memory and disk', async () => (await import('./resource-limits.ts')).addResourceLimits],
  ['Health checks', async () => (await import('./health-checks.ts')).addHealthChecks],
];

/** Each is loaded and added in a turn of its own: together they take longer than messages should wait. */
export async function addResources(routes: ApiRoutes): Promise<void> {
  for (const [tag, load] of RESOURCES) {
    await routes.add(tag, await load());
    await turn();
  }
}
