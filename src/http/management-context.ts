import type { EventLoopDelay } from '../observe/event-loop-delay.ts';
import type { RecentLog } from '../observe/recent-log.ts';
import type { Administration } from '../server/administration.ts';
import type { AmqpServer } from '../server/amqp-server.ts';
import type { ServerContext } from '../server/context/server-context.ts';
import type { Statistics } from '../server/statistics/statistics.ts';
import type { AllowedHosts } from './allowed-hosts.ts';
import type { EventStreams } from './event-streams.ts';

/** What the management API is about. */
export interface ManagementContext {
  readonly broker: ServerContext;
  readonly administration: Administration;
  readonly amqp: AmqpServer;
  readonly statistics: Statistics;
  readonly eventLoopDelay: EventLoopDelay;
  /** What the broker is called in answers: `leveret@host`. */
  readonly node: string;
  /** Leveret's own version. */
  readonly version: string;
  /** Where the API is listened on. */
  readonly port: number;
  /** Under which names. */
  readonly hosts: AllowedHosts;
  readonly recentLog: RecentLog;
  /** Answers that go on. */
  readonly streams: EventStreams;
}

const CLUSTER_NAME = 'cluster_name';

/** The name that was given to the broker, else that of its node. */
export function clusterName({ broker, node }: ManagementContext): string {
  const given = broker.globalParameters.values.get(CLUSTER_NAME);
  return typeof given === 'string' ? given : node;
}

export function setClusterName({ administration }: ManagementContext, name: string): Promise<void> {
  return administration.setGlobalParameter(CLUSTER_NAME, name);
}
