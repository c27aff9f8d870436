import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Channel, connect } from 'amqplib';
import { type Broker, type BrokerOptions, DataDirectoryError, startBroker } from 'leveret';
import { leveret, RunningCommand } from '../cli/command.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

/** Runs a broker on the directory for as long as the callback takes. */
async function during(data: TemporaryDataDirectory, options: BrokerOptions, run: (broker: Broker) => Promise<void>) {
  await using broker = await startBroker({ port: 0, dataDir: data.path, ...options });
  await run(broker);
}

/** The same with a client on it. */
function withChannel(data: TemporaryDataDirectory, run: (channel: Channel) => Promise<void>): Promise<void> {
  return during(data, {}, (broker) => onChannel(broker.url, run));
}

async function onChannel(url: string, run: (channel: Channel) => Promise<void>): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  await run(channel);
  await connection.close();
}

/** Whether the declaration, each on a channel of its own since a refusal closes it, is accepted. */
async function isAccepted(url: string, declare: (channel: Channel) => Promise<unknown>): Promise<boolean> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  try {
    await declare(channel);
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

/** The queues that a message published so has reached; they are empty afterwards. */
async function reached(channel: Channel, queues: readonly string[], exchange: string, key: string, headers = {}) {
  channel.publish(exchange, key, Buffer.from('m'), { headers });
  const found: string[] = [];
  for (const queue of queues) if ((await channel.get(queue, { noAck: true })) !== false) found.push(queue);
  return found;
}

const QUEUE_ARGUMENTS = {
  'x-max-length': 5,
  'x-message-ttl': 3_000_000_000,
  'x-dead-letter-exchange': 'été',
  other: { nested: [1.5, true, null, { deeper: Buffer.from([0, 255]) }] },
};

test('exactly the durable exchanges, queues and bindings survive a restart', async () => {
  using data = new TemporaryDataDirectory();
  await withChannel(data, async (channel) => {
    await channel.assertExchange('topics', 'topic', { durable: true, alternateExchange: 'headers' });
    await channel.assertExchange('headers', 'headers', { durable: true });
    await channel.assertExchange('inner', 'fanout', { durable: true, internal: true });
    await channel.assertExchange('transient', 'fanout', { durable: false });
    await channel.assertQueue('kept', { durable: true, arguments: QUEUE_ARGUMENTS });
    await channel.assertQueue('also-kept', { durable: true });
    await channel.assertQueue('transient', { durable: false });
    await channel.assertQueue('exclusive', { durable: true, exclusive: true });
    await channel.bindQueue('kept', 'topics', 'a.#');
    await channel.bindQueue('kept', 'headers', '', { 'x-match': 'all', n: 1, s: 'x' });
    await channel.bindQueue('also-kept', 'headers', '', { 'x-match': 'any', n: 2, s: 'x' });
    await channel.bindQueue('also-kept', 'inner', '');
    await channel.bindExchange('inner', 'topics', 'b');
    await channel.bindExchange('topics', 'amq.direct', 'a.x');
    await channel.bindQueue('transient', 'topics', 'a.#');
    await channel.bindQueue('kept', 'transient', '');
  });
  await during(data, {}, async ({ url }) => {
    const accepted = (declare: (channel: Channel) => Promise<unknown>) => isAccepted(url, declare);
    assert.ok(await accepted((channel) => channel.assertQueue('kept', { durable: true, arguments: QUEUE_ARGUMENTS })));
    const changed = { durable: true, arguments: { ...QUEUE_ARGUMENTS, 'x-max-length': 6 } };
    assert.ok(!(await accepted((channel) => channel.assertQueue('kept', changed))));
    const assertInner = (internal: boolean) =>
      accepted((channel) => channel.assertExchange('inner', 'fanout', { durable: true, internal }));
    assert.ok(await assertInner(true));
    assert.ok(!(await assertInner(false)));
    for (const name of ['transient', 'exclusive'])
      assert.ok(!(await accepted((channel) => channel.checkQueue(name))), name);
    assert.ok(!(await accepted((channel) => channel.checkExchange('transient'))));

    await onChannel(url, async (channel) => {
      const queues = ['kept', 'also-kept'];
      assert.deepEqual(await reached(channel, queues, 'topics', 'a.b.c'), ['kept']);
      assert.deepEqual(await reached(channel, queues, 'topics', 'b'), ['also-kept']);
      assert.deepEqual(await reached(channel, queues, 'amq.direct', 'a.x'), ['kept']);
      assert.deepEqual(await reached(channel, queues, 'headers', '', { n: 1, s: 'x' }), ['kept', 'also-kept']);
      assert.deepEqual(await reached(channel, queues, 'headers', '', { n: 1 }), []);
      assert.deepEqual(await reached(channel, queues, 'amq.direct', 'other'), []);
    });
  });
});

test('what was deleted or unbound does not come back, nor does what went with it', async () => {
  using data = new TemporaryDataDirectory();
  await withChannel(data, async (channel) => {
    for (const name of ['unbound', 'deleted']) await channel.assertQueue(name, { durable: true });
    await channel.assertExchange('chain', 'fanout', { durable: true, autoDelete: true });
    await channel.assertExchange('chained', 'fanout', { durable: true, autoDelete: true });
    await channel.bindExchange('chained', 'chain', '');
    await channel.bindQueue('deleted', 'chained', '');
    await channel.bindQueue('unbound', 'amq.fanout', '');
    await channel.assertQueue('with-consumer', { durable: true, autoDelete: true });
  });
  await withChannel(data, async (channel) => {
    await channel.unbindQueue('unbound', 'amq.fanout', '');
    await channel.deleteQueue('deleted');
    const { consumerTag } = await channel.consume('with-consumer', () => undefined);
    await channel.cancel(consumerTag);
  });
  await during(data, {}, async ({ url }) => {
    for (const name of ['deleted', 'with-consumer']) {
      assert.ok(!(await isAccepted(url, (channel) => channel.checkQueue(name))), name);
    }
    for (const name of ['chain', 'chained']) {
      assert.ok(!(await isAccepted(url, (channel) => channel.checkExchange(name))), name);
    }
    await onChannel(url, async (channel) => {
      assert.deepEqual(await reached(channel, ['unbound'], 'amq.fanout', ''), []);
    });
  });
});

test('a kill does away with nothing that was declared', async () => {
  using data = new TemporaryDataDirectory();
  const args = ['--data-dir', data.path];
  await using killed = await BrokerProcess.start(args);
  const connection = await connect(killed.url);
  connection.on('error', () => undefined); // the kill
  const channel = await connection.createChannel();
  await channel.assertQueue('kept', { durable: true });
  await channel.bindQueue('kept', 'amq.fanout', '');
  await killed.kill();
  await using broker = await BrokerProcess.start(args);
  await onChannel(broker.url, async (channel) => {
    assert.deepEqual(await reached(channel, ['kept'], 'amq.fanout', ''), ['kept']);
  });
});

describe('users, permissions and virtual hosts', () => {
  const ANNA = { name: 'anna', password: 'secret', tags: ['monitoring'] };
  const ONLY_MINE = { configure: '^mine-', write: '', read: '' };
  const login = ({ url }: Broker, password: string, vhost: string) =>
    url.replace('//', `//anna:${password}@`).concat('/', encodeURIComponent(vhost));
  const canLogIn = (url: string) => isAccepted(url, async () => undefined).catch(() => false);
  const canDeclare = (url: string, queue: string) => isAccepted(url, (channel) => channel.assertQueue(queue));

  test('survive, with what they may do', async () => {
    using data = new TemporaryDataDirectory();
    const users = [{ ...ANNA, permissions: { orders: ONLY_MINE } }];
    await during(data, { users, vhosts: ['/', 'orders'] }, async () => undefined);
    await during(data, {}, async (broker) => {
      assert.ok(await canDeclare(login(broker, 'secret', 'orders'), 'mine-1'));
      assert.ok(!(await canDeclare(login(broker, 'secret', 'orders'), 'yours-1')));
      assert.ok(!(await canLogIn(login(broker, 'secret', '/'))));
      assert.ok(!(await canLogIn(login(broker, 'wrong', 'orders'))));
      assert.ok(!(await canLogIn(broker.url.replace('//', '//guest:guest@'))), 'there is no guest beside them');
      assert.equal(broker.url, `amqp://127.0.0.1:${broker.port}`);
    });
  });

  test('are as the config says where it says something', async () => {
    using data = new TemporaryDataDirectory();
    await during(data, { users: [ANNA] }, async () => undefined);
    await during(data, { users: [{ ...ANNA, password: 'new', permissions: {} }] }, async (broker) => {
      assert.ok(!(await canLogIn(login(broker, 'new', '/'))));
    });
    const permissions = { '/': { ...ONLY_MINE, configure: '.*' } };
    await during(data, { users: [{ ...ANNA, password: 'newer', permissions }] }, async () => undefined);
    await during(data, {}, async (broker) => {
      assert.ok(await canDeclare(login(broker, 'newer', '/'), 'any'));
      assert.ok(!(await canLogIn(login(broker, 'new', '/'))));
    });
  });

  test('the default user stays what it was', async () => {
    using data = new TemporaryDataDirectory();
    for (let start = 0; start < 3; start++) await withChannel(data, async () => undefined);
    const log = readFileSync(join(data.path, 'definitions.log'), 'utf8');
    assert.equal(log.split('"put","user"').length, 2, 'written once');
    assert.ok(!log.includes('secret'));
  });
});

describe('a data directory that cannot be used', () => {
  test('is refused to a second broker, in this process or another one, until the first is closed', async () => {
    using data = new TemporaryDataDirectory();
    const first = await startBroker({ port: 0, dataDir: data.path });
    await assert.rejects(startBroker({ port: 0, dataDir: data.path }), DataDirectoryError);
    const { status, stderr } = await leveret(['--port', '0', '--data-dir', data.path]);
    assert.equal(status, 2);
    assert.equal(
      stderr,
      `leveret: ${data.path}/lock is locked by process ${process.pid}; stop that broker, or choose another data directory\n`,
    );
    await first.close();
    await using _ = await startBroker({ port: 0, dataDir: data.path });
  });

  test('is given back when the port is in use', async () => {
    using data = new TemporaryDataDirectory();
    await using first = await startBroker({ port: 0 });
    await assert.rejects(startBroker({ port: first.port, dataDir: data.path }), { code: 'EADDRINUSE' });
    await using _ = await startBroker({ port: 0, dataDir: data.path });
  });

  /** For its owner only, as the broker leaves its files: otherwise it says that it has changed them. */
  const OWN = { mode: 0o600 };
  const REFUSED: readonly (readonly [what: string, prepare: (path: string) => void, line: RegExp])[] = [
    [
      'of a newer version',
      (path) => writeFileSync(join(path, 'format.json'), '{"product":"leveret","format":1000}', OWN),
      /^leveret: \S+ has format 1000, and this version of leveret knows formats up to \d+; start it with the version that/,
    ],
    [
      'with other things in it',
      (path) => mkdirSync(join(path, 'photos')),
      /^leveret: \S+ holds files, such as photos, but no format\.json: .*; choose an empty directory, or/,
    ],
    [
      'whose definitions are no such',
      (path) => {
        writeFileSync(join(path, 'format.json'), '{"product":"leveret","format":1}', OWN);
        writeFileSync(join(path, 'definitions.log'), 'nonsense\n', OWN);
      },
      /^leveret: \S+definitions\.log is damaged in line 1; restore it from a backup, or delete that line/,
    ],
  ];
  for (const [what, prepare, line] of REFUSED) {
    test(`since it is one ${what}, is refused in one line that says what to do`, async () => {
      using data = new TemporaryDataDirectory();
      prepare(data.path);
      const { status, stdout, stderr } = await leveret(['--port', '0', '--data-dir', data.path]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, line);
      assert.equal(stderr.split('\n').length, 2);
    });
  }

  test('is one after a stop by signal as good as new', async () => {
    using data = new TemporaryDataDirectory();
    for (let start = 0; start < 2; start++) {
      await using command = new RunningCommand(['--port', '0', '--data-dir', data.path]);
      await command.listening();
      command.process.kill('SIGTERM');
      assert.equal((await command.ended()).status, 0);
    }
  });
});

test('without a data directory nothing of koffi is loaded', async () => {
  const program = `
    const { startBroker } = await import('leveret');
    const broker = await startBroker({ port: 0 });
    console.log(process.report.getReport().sharedObjects.filter((path) => path.includes('koffi')));
    await broker.close();
  `;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  assert.equal(printed, '[]\n');
});
