import { hostname } from 'node:os';
import { join } from 'node:path';
import { LoginCounter } from '../../auth/login-attempts.ts';
import { HeapGauge } from '../../broker/alarms/heap-gauge.ts';
import { MemoryAlarm } from '../../broker/alarms/memory-alarm.ts';
import { ResourceAlarms } from '../../broker/alarms/resource-alarms.ts';
import { DurableDefinitions } from '../../broker/durable-definitions.ts';
import { DurableIdentities } from '../../broker/durable-identities.ts';
import { EventExchange } from '../../broker/event-exchange.ts';
import type { BrokerEvents } from '../../broker/events/broker-events.ts';
import { logDeadLetterCycles } from '../../broker/events/dead-letter-cycle-log.ts';
import { logUnreadableQueues } from '../../broker/events/unreadable-queue-log.ts';
import { GlobalParameters } from '../../broker/global-parameters.ts';
import { Policies } from '../../broker/policies.ts';
import { RedeclarationHint } from '../../broker/redeclaration-hint.ts';
import { restoreDefinitions } from '../../broker/restore-definitions.ts';
import { VirtualHost } from '../../broker/vhost.ts';
import { VhostLimits } from '../../broker/vhost-limits.ts';
import { VirtualHosts } from '../../broker/virtual-hosts.ts';
import type { Config } from '../../config/options.ts';
import type { Logger } from '../../observe/logger.ts';
import { GroupCommit } from '../../storage/disk/group-commit.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { ScratchDirectory } from '../../storage/memory/scratch-directory.ts';
import { Arena, type Region } from '../../storage/message/arena.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import type { MessageJournal } from '../../storage/message-journal.ts';
import { TieredStore } from '../../storage/tiered-store.ts';
import { type Clock, TurnClock } from '../../time/clock.ts';
import { addConfiguredAccounts } from '../accounts/configured-accounts.ts';
import { TopicAccess } from '../accounts/topic-access.ts';
import { UserLimits } from '../accounts/user-limits.ts';
import { Users } from '../accounts/users.ts';
import { BufferPool } from '../socket/buffer-pool.ts';
import { Turn } from '../socket/turn.ts';
import { identify } from './cluster-id.ts';
import { type DurableState, openDurableState } from './durable-state.ts';
import { EventLog } from './event-log.ts';
import { Greeting } from './greeting.ts';
import { recoverMessages } from './message-storage.ts';
import { MethodTime } from './method-time.ts';
import { QuorumNotice } from './quorum-notice.ts';

/** Node reads sockets in chunks of at most this size. */
const INPUT_SIZE_OCTETS = 64 * 1024;
/** In the data directory: transient messages that memory has no room for. */
const SCRATCH_DIRECTORY = 'scratch';

/** What all connections of a broker share. Two brokers in a process have nothing in common. */
export interface ServerContext {
  readonly config: Config;
  /** What the broker calls itself where RabbitMQ names a node of its cluster. */
  readonly nodeName: string;
  readonly log: Logger;
  /** What happens in the broker. */
  readonly events: BrokerEvents;
  readonly users: Users;
  /** Who has tried to log in, and how it went. */
  readonly logins: LoginCounter;
  readonly vhosts: VirtualHosts;
  readonly policies: Policies;
  readonly vhostLimits: VhostLimits;
  readonly userLimits: UserLimits;
  readonly topicAccess: TopicAccess;
  readonly globalParameters: GlobalParameters;
  readonly store: MessageStore;
  /** Where persistent messages of durable queues go; undefined: nothing survives a restart. */
  readonly journal: MessageJournal | undefined;
  /** Tells when what was written is on disk; at once, where there is none. */
  readonly commit: GroupCommit;
  /** Where things are kept that survive a restart; undefined: nothing does. */
  readonly durable: DurableState | undefined;
  readonly quorumNotice: QuorumNotice;
  readonly alarms: ResourceAlarms;
  readonly memoryAlarm: MemoryAlarm;
  readonly turn: Turn;
  readonly methodTime: Pick<MethodTime, 'isOver'>;
  readonly pool: BufferPool;
  readonly greeting: Greeting;
  /** Where chunks are copied to be parsed, one after the other: the arena's beginning. */
  readonly input: Region;
  /** Brings to disk what is to be there, and gives the data directory back. The last thing to be done. */
  close(): Promise<void>;
}

/** A broker's state before the first connection. @throws DataDirectoryError if the data directory can't be used */
export async function openContext(config: Config, log: Logger): Promise<ServerContext> {
  if (config.dataDir === undefined) return newServerContext(config, log);
  const durable = await openDurableState(config.dataDir, config, log);
  try {
    return newServerContext(config, log, durable);
  } catch (error) {
    await durable.close();
    throw error;
  }
}

/** @param durable what is on disk; undefined: everything is in memory */
export function newServerContext(config: Config, log: Logger, durable?: DurableState): ServerContext {
  const alarms = durable?.alarms ?? new ResourceAlarms();
  const clock = new TurnClock();
  const memory = newMemory(clock, durable);
  const { input, pool } = memory;
  const journal = durable && new TieredStore(memory.store, durable.messages.store);
  const store = journal ?? memory.store;
  const identities = journal && new DurableIdentities(durable!.identities, store, journal);
  const heap = new HeapGauge();
  const open = (name: string) => new VirtualHost(name, store, journal, clock, identities, heap);
  const vhosts = new VirtualHosts(open, durable?.definitions);
  const policies = new Policies(vhosts, durable?.definitions);
  const users = new Users(vhosts, durable?.definitions);
  addConfiguredAccounts(config, vhosts, users);
  if (durable !== undefined) restore(vhosts, durable, log);
  const vhostLimits = new VhostLimits(vhosts, durable?.definitions);
  const userLimits = new UserLimits(users, durable?.definitions);
  const topicAccess = new TopicAccess(vhosts, users, durable?.definitions);
  const globalParameters = new GlobalParameters(durable?.definitions);
  identify(globalParameters);
  const memoryAlarm = new MemoryAlarm(alarms, store, config.memoryLimitOctets, log, heap);
  const nodeName = `leveret@${hostname()}`;
  const { events } = vhosts;
  alarms.observe((resource, isLow) => events.emit(isLow ? 'alarm.set' : 'alarm.cleared', { resource }));
  logEvents(events, log);
  events.subscribe(new EventExchange(vhosts, nodeName, log).publish);
  return {
    config,
    nodeName,
    events,
    log,
    users,
    logins: new LoginCounter(),
    vhosts,
    policies,
    vhostLimits,
    userLimits,
    topicAccess,
    globalParameters,
    store,
    journal,
    quorumNotice: new QuorumNotice(log),
    commit: durable?.commit ?? new GroupCommit(),
    durable,
    alarms,
    memoryAlarm,
    turn: new Turn(),
    methodTime: new MethodTime(),
    pool,
    greeting: new Greeting(config, globalParameters),
    input,
    close: async () => {
      clock.stop();
      memoryAlarm.stop();
      memory.close();
      await durable?.close();
    },
  };
}

/** The memory that octets pass through, and that transient messages wait in. */
function newMemory(clock: Clock, durable: DurableState | undefined) {
  const arena = new Arena(durable?.messages.octets);
  const input = arena.take(INPUT_SIZE_OCTETS)!; // at its beginning: see ConnectionInput
  const pool = new BufferPool(arena);
  const scratch = durable && openScratch(durable);
  const store = new MemoryStore(arena, scratch, clock);
  const close = () => {
    store.close();
    scratch?.close();
  };
  return { input, pool, store, close };
}

function openScratch({ directory }: DurableState): ScratchDirectory {
  return new ScratchDirectory(directory.files, join(directory.path, SCRATCH_DIRECTORY));
}

function logEvents(events: BrokerEvents, log: Logger): void {
  events.subscribe(new RedeclarationHint(log).hear);
  events.subscribe(logUnreadableQueues(log));
  events.subscribe(logDeadLetterCycles(log));
  if (log.isLevelEnabled('info')) events.subscribe(new EventLog(log).hear);
}

function restore(vhosts: VirtualHosts, durable: DurableState, log: Logger): void {
  restoreDefinitions(durable.definitions, vhosts);
  vhosts.beginNoting(new DurableDefinitions(durable.definitions, durable.messages.store.retries));
  recoverMessages(durable, vhosts.values(), log);
}
