import { openDescriptors } from '../../observe/process-usage.ts';
import type { Columns } from '../../observe/tracked.ts';
import type { ServerContext } from '../context/server-context.ts';

/** What is told of the process and of its disk, by the management API's names. */
export const NODE_COLUMNS: Columns<Pick<ServerContext, 'vhosts' | 'durable' | 'commit'>> = {
  names: [
    'mem_used',
    'fd_used',
    'sockets_used',
    'disk_free',
    'io_sync_count',
    'io_sync_avg_time',
    'msg_store_write_count',
  ],
  read: ({ vhosts, durable, commit }, into) => {
    const { count, sum } = commit.syncSeconds;
    let connectionCount = 0;
    for (const vhost of vhosts.values()) connectionCount += vhost.connectionCount;
    into[0] = process.memoryUsage.rss();
    into[1] = openDescriptors();
    into[2] = connectionCount;
    into[3] = durable?.diskAlarm.freeOctets ?? 0;
    into[4] = count;
    into[5] = count === 0 ? 0 : (sum / count) * 1000; // milliseconds
    into[6] = durable?.messages.store.appendedCount ?? 0;
  },
};
