import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import rascal from 'rascal';
import { Management } from '../support/management.ts';

const execute = promisify(execFile);
const TIMEOUT_MS = 60_000;

interface Checked {
  /** 0: all is well; 1: a warning; 2: critical; 3: unknown. */
  readonly status: number;
  readonly text: string;
}

/** Runs one of the checks for Nagios. */
async function check({ broker }: Management, name: string, ...args: readonly string[]): Promise<Checked> {
  const { hostname, port } = new URL(broker.managementUrl!);
  const address = ['-H', hostname, '--port', port, '-u', 'guest', '-p', 'guest'];
  try {
    const { stdout } = await execute(`/usr/bin/check_rabbitmq_${name}`, [...address, ...args]);
    return { status: 0, text: stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { status: code, text: stdout };
  }
}

test('the checks of nagios-plugins-rabbitmq see how the broker is', { timeout: TIMEOUT_MS }, async () => {
  await using management = await Management.start();
  const channel = await (await management.connect()).createConfirmChannel();
  await channel.assertQueue('orders', { durable: false });
  for (const body of ['a', 'b', 'c']) channel.sendToQueue('orders', Buffer.from(body));
  await channel.waitForConfirms();
  const run = (name: string, ...args: readonly string[]) => check(management, name, ...args);

  assert.match((await run('aliveness', '--vhost', '/')).text, /^RABBITMQ_ALIVENESS OK - vhost: \//);
  const overview = await run('overview', '-w', '100,100,100', '-c', '200,200,200');
  assert.match(overview.text, /^RABBITMQ_OVERVIEW OK - messages OK \(3\)/);
  assert.match(overview.text, /messages_unacknowledged=0;100;200/);
  const { status, text } = await run('overview', '-w', '1,1,1', '-c', '2,2,2');
  assert.deepEqual([status, /^RABBITMQ_OVERVIEW CRITICAL/.test(text)], [2, true], text);
  // It takes the number of the last one, from 0, for how many there are.
  assert.match((await run('objects')).text, /^RABBITMQ_OBJECTS OK - .* vhost=1;; .* queue=1;; channel=0;;/);
  assert.match((await run('connections')).text, /^RABBITMQ_CONNECTIONS OK - .*connections=1/s);
  const queue = await run('queue', '--vhost', '/', '--queue', 'orders', '-w', '2', '-c', '5');
  assert.deepEqual([queue.status, /messages.*=3;2;5/.test(queue.text)], [1, true], queue.text);
  assert.equal((await run('queue', '--vhost', '/', '--queue', 'none', '-w', '2', '-c', '5')).status, 2);
});

test('rascal makes the virtual hosts that it is configured with', { timeout: TIMEOUT_MS }, async () => {
  await using management = await Management.start();
  const { port, managementUrl } = management.broker;
  const { port: managementPort } = new URL(managementUrl!);
  const connection = {
    hostname: '127.0.0.1',
    port,
    management: { hostname: '127.0.0.1', port: Number(managementPort) },
  };
  const config = rascal.withDefaultConfig({
    vhosts: { shop: { assert: true, check: true, connection, queues: { orders: {} } } },
  });
  const broker = await rascal.BrokerAsPromised.create(config);
  assert.equal((await management.get<{ vhost: string }>('/queues/shop/orders')).vhost, 'shop');
  await broker.nuke();
  assert.equal((await management.request('GET', '/queues/shop/orders')).status, 404);
  await broker.shutdown();
});
