import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Management } from '../support/management.ts';

const execute = promisify(execFile);
const TIMEOUT_MS = 120_000;

/** Runs RabbitMQ's command line client of the management API; resolves to what it prints. */
async function rabbitmqadmin({ broker }: Management, ...args: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(broker.managementUrl!);
  const { stdout } = await execute('/usr/bin/rabbitmqadmin', ['-H', hostname, '-P', port, ...args]);
  return stdout;
}

test('rabbitmqadmin does all that it can', { timeout: TIMEOUT_MS }, async () => {
  await using management = await Management.start();
  const connection = await management.connect();
  const channel = await connection.createChannel();
  await channel.assertQueue('consumed');
  await channel.consume('consumed', () => {});
  const run = (...args: readonly string[]) => rabbitmqadmin(management, ...args);

  assert.equal(await run('declare', 'vhost', 'name=v', 'tracing=true'), 'vhost declared\n');
  assert.equal(await run('declare', 'user', 'name=u', 'password=p', 'tags=monitoring'), 'user declared\n');
  const permission = ['vhost=v', 'user=guest', 'configure=.*', 'write=.*', 'read=.*'];
  assert.equal(await run('declare', 'permission', ...permission), 'permission declared\n');
  const queue = ['name=q/1', 'durable=true', 'arguments={"x-max-length":5}', 'queue_type=classic'];
  assert.equal(await run('declare', 'queue', ...queue), 'queue declared\n');
  assert.equal(await run('declare', 'exchange', 'name=e', 'type=topic'), 'exchange declared\n');
  assert.equal(await run('declare', 'binding', 'source=e', 'destination=q/1', 'routing_key=a.*'), 'binding declared\n');
  const policy = ['name=p', 'pattern=^q', 'definition={"max-length":9}', 'priority=1', 'apply-to=queues'];
  assert.equal(await run('declare', 'policy', ...policy), 'policy declared\n');
  assert.equal(await run('declare', 'operator_policy', ...policy), 'operator_policy declared\n');
  const limits = ['component=vhost-limits', 'name=limits', 'value={"max-queues":50}'];
  assert.equal(await run('declare', 'parameter', ...limits), 'parameter declared\n');
  assert.equal(await run('declare', 'vhost_limit', 'vhost=v', 'name=max-queues', 'value=7'), 'vhost_limit declared\n');

  const kinds = 'connections channels consumers exchanges queues bindings users vhosts permissions nodes parameters';
  for (const kind of [...kinds.split(' '), 'policies', 'operator_policies', 'vhost_limits']) {
    assert.match(await run('list', kind), /^\+-+\+/, kind);
    assert.match(await run('-f', 'long', '-d', '5', 'list', kind), /-{80}/, kind);
  }
  assert.match(await run('-V', '/', 'list', 'queues', 'name', 'messages'), /\| q\/1 +\| 0 +\|/);
  assert.match(await run('show', 'overview'), /\| 3\.10\.8 +\|/);

  const published = await run('publish', 'exchange=e', 'routing_key=a.b', 'payload=hello', 'properties={"priority":1}');
  assert.equal(published, 'Message published\n');
  assert.equal(await run('publish', 'exchange=e', 'routing_key=b', 'payload=x'), 'Message published but NOT routed\n');
  assert.match(await run('get', 'queue=q/1'), /\| a\.b +\| e +\| 0 +\| hello/);
  assert.match(await run('get', 'queue=q/1', 'count=5', 'ackmode=ack_requeue_false'), /hello/);
  await run('publish', 'routing_key=q/1', 'payload=x');
  assert.equal(await run('purge', 'queue', 'name=q/1'), 'queue purged\n');
  assert.equal(await run('get', 'queue=q/1'), 'No items\n');

  const directory = mkdtempSync(join(tmpdir(), 'leveret-'));
  try {
    const path = join(directory, 'definitions.json');
    assert.match(await run('export', path), /^Exported definitions/);
    const { queues } = JSON.parse(readFileSync(path, 'utf8')) as { queues: { name: string }[] };
    assert.ok(queues.some(({ name }) => name === 'q/1'));
    writeFileSync(path, JSON.stringify({ vhosts: [{ name: 'imported' }] }));
    assert.match(await run('import', path), /^Uploaded definitions/);
    assert.match(await run('list', 'vhosts'), /\| imported +\|/);
  } finally {
    rmSync(directory, { recursive: true });
  }

  const [{ name }] = await management.get<[{ name: string }]>('/connections');
  assert.equal(await run('close', 'connection', `name=${name}`), 'connection closed\n');
  const binding = ['source=e', 'destination_type=queue', 'destination=q/1', 'properties_key=a.%2A'];
  for (const [kind, ...parts] of [
    ['binding', ...binding],
    ['exchange', 'name=e'],
    ['queue', 'name=q/1'],
    ['policy', 'name=p'],
    ['operator_policy', 'name=p'],
    ['parameter', 'component=vhost-limits', 'name=limits'],
    ['vhost_limit', 'vhost=v', 'name=max-queues'],
    ['permission', 'vhost=v', 'user=guest'],
    ['user', 'name=u'],
    ['vhost', 'name=v'],
  ]) {
    assert.equal(await run('delete', kind!, ...parts), `${kind} deleted\n`);
  }
  await assert.rejects(run('delete', 'queue', 'name=none'), /Not found: \/api\/queues\/%2F\/none/);
});
