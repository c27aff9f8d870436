import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BrokerInside } from './broker-inside.ts';

/**
 * Starts a broker in a process of its own that has so many persistent messages in the durable queue `a`, and kills it while it
 * moves them to `b`. Resolves when it is gone.
 */
export async function startMoving(dataDir: string, storage: string, count: number): Promise<void> {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const args = [fileURLToPath(import.meta.url), dataDir, storage, String(count)];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  child.stdout.once('data', () => child.kill('SIGKILL'));
  await exited;
  if (child.signalCode !== 'SIGKILL') throw new Error(`the broker ended with status ${child.exitCode}`);
}

/** What the process does: it tells when some messages have reached their target. */
async function move(dataDir: string, storage: string, count: number): Promise<void> {
  const broker = await BrokerInside.start({ dataDir, storage: storage === 'files' ? 'files' : 'auto' });
  const channel = await (await broker.login()).channel();
  await channel.call('queue.declare', { queue: 'a', durable: true });
  await channel.call('queue.declare', { queue: 'b', durable: true });
  for (let i = 0; i < count; i++) channel.publish('', 'a', String(i), { properties: { deliveryMode: 2 } });
  await channel.awaitCount('a', count);
  await broker.context.commit.flushed();
  const moving = broker.administration.moveMessages('/', 'a', 'b');
  const target = broker.context.vhosts.get('/')!.queues.get('b')!;
  while (target.readyCount < count / 4) await new Promise((resolve) => setImmediate(resolve));
  process.stdout.write('moving\n');
  await moving;
}

const [, script, dataDir, storage, count] = process.argv;
if (script === fileURLToPath(import.meta.url)) await move(dataDir!, storage!, Number(count));
