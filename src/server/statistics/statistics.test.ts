import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publishTo } from '../../broker/queue/publish.test.helper.ts';
import type { Queue } from '../../broker/queue/queue.ts';
import { VirtualHost } from '../../broker/vhost.ts';
import { VirtualHosts } from '../../broker/virtual-hosts.ts';
import { EMPTY_TABLE } from '../../protocol/field-table.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { GroupCommit } from '../../storage/disk/group-commit.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { countTurns, STEPS_IN_A_SLICE } from '../../time/time-slices.test.helper.ts';
import { messageStats, withDetails } from './message-stats.ts';
import { Statistics } from './statistics.ts';

const PROPERTIES = { durable: false, exclusive: false, autoDelete: false, arguments: EMPTY_TABLE };
const INTERVAL_MS = 5000;

function world(): { vhosts: VirtualHosts; vhost: VirtualHost; statistics: Statistics } {
  const store = new MemoryStore(new Arena());
  const vhosts = new VirtualHosts((name) => new VirtualHost(name, store), undefined);
  vhosts.put('/');
  const statistics = new Statistics({ vhosts, durable: undefined, commit: new GroupCommit() }, () => [], INTERVAL_MS);
  return { vhosts, vhost: vhosts.get('/')!, statistics };
}

function publish(queue: Queue, count: number): void {
  for (let i = 0; i < count; i++) publishTo(queue, incomingMessage({ body: 'x' }));
}

test('rates are those between the last two samples, counts those of now', async () => {
  const { vhost, statistics } = world();
  const queue = vhost.declareQueue('q', PROPERTIES, {});
  publish(queue, 3);
  await statistics.sample(INTERVAL_MS);
  publish(queue, 10);
  await statistics.sample(2 * INTERVAL_MS);
  publish(queue, 100);
  const numbers = statistics.ofQueue(queue);
  assert.deepEqual(messageStats(numbers), { publish: 113, publish_details: { rate: 2 } });
  const range = { ageMs: 10_000, incrementMs: 5000 };
  assert.deepEqual(withDetails(numbers, ['messages_ready'], range), {
    messages_ready: 113,
    messages_ready_details: {
      rate: 2,
      samples: [
        { sample: 13, timestamp: 10_000 },
        { sample: 3, timestamp: 5000 },
        { sample: 0, timestamp: 0 },
      ],
      avg: 16 / 3,
      avg_rate: 1.3,
    },
  });
});

test('the process is sampled, too', async () => {
  const { statistics } = world();
  for (const atMs of [INTERVAL_MS, 2 * INTERVAL_MS]) await statistics.sample(atMs);
  const numbers = statistics.ofNode();
  const range = { ageMs: INTERVAL_MS, incrementMs: INTERVAL_MS };
  const { mem_used_details } = withDetails(numbers, ['mem_used', 'fd_used'], range);
  const { samples } = mem_used_details as { samples: readonly { sample: number; timestamp: number }[] };
  assert.deepEqual(
    samples.map(({ timestamp }) => timestamp),
    [2 * INTERVAL_MS, INTERVAL_MS],
  );
  assert.ok(samples.every(({ sample }) => sample > 1e7));
});

test('where nothing has happened there are no message stats', () => {
  const { vhost, statistics } = world();
  assert.equal(messageStats(statistics.ofQueue(vhost.declareQueue('q', PROPERTIES, {}))), undefined);
});

test('what was counted in a virtual host outlives it', async () => {
  const { vhosts, statistics } = world();
  vhosts.put('short-lived');
  const vhost = vhosts.get('short-lived')!;
  vhost.declareQueue('q', PROPERTIES, {});
  await vhosts.delete('short-lived');
  const { broker } = await statistics.allTotals();
  assert.deepEqual([broker.queue_created, broker.queue_deleted, broker.queues], [1, 1, 0]);
});

test('samples of very many queues are taken in slices, and so are their sums and what is forgotten', async (t) => {
  const { vhost, statistics } = world();
  for (let i = 0; i < 20 * STEPS_IN_A_SLICE; i++) vhost.declareQueue(`q${i}`, PROPERTIES, {});
  assert.ok((await countTurns(t, () => statistics.sample(INTERVAL_MS))) >= 60);
  assert.ok((await countTurns(t, () => statistics.allTotals())) >= 20);
});
