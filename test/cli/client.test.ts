import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CLIENT_COMMANDS } from '#src/cli/client-commands.js';
import { LIST_KINDS } from '#src/cli/commands/list-kinds.js';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { Management } from '../support/management.ts';
import { type ClientOptions, client } from './client.ts';

let management: Management;
before(async () => {
  management = await Management.start();
});
after(() => management[Symbol.asyncDispose]());

/** What a command prints that ends well. */
async function printed(args: readonly string[], options?: ClientOptions): Promise<string> {
  const { status, stdout, stderr } = await client(management.broker, args, options);
  assert.equal(status, 0, stderr);
  return stdout;
}

/** The same as JSON. */
async function json<T = unknown>(args: readonly string[], options?: ClientOptions): Promise<T> {
  return JSON.parse(await printed([...args, '--json'], options)) as T;
}

/** What a command says that can't be done. */
async function refusal(args: readonly string[], options?: ClientOptions, expected = 1): Promise<string> {
  const { status, stderr } = await client(management.broker, args, options);
  assert.equal(status, expected, stderr);
  assert.match(stderr, /^leveret: [^\n]+\n$/);
  return stderr.slice('leveret: '.length, -1);
}

describe('queues, exchanges and bindings', () => {
  test('are added, listed and deleted', async () => {
    const added = await printed(['add', 'queue', 'orders', '--durable', '--argument', 'x-max-length=7']);
    assert.equal(added, "queue 'orders' is there now\n");
    assert.deepEqual(await json(['add', 'queue', 'orders', '--durable', '--argument', 'x-max-length=7']), {
      created: false,
    });
    await printed(['add', 'exchange', 'events', '--type', 'topic', '--internal']);
    await printed(['add', 'exchange', 'more', '--auto-delete']);
    await printed(['add', 'binding', 'events', 'orders', '--key', 'order.*']);
    await printed(['add', 'binding', 'events', 'more', '--to-exchange', '--argument', 'a=1']);
    const [queue] = await json<{ name: string; durable: boolean; arguments: object }[]>(['list', 'queues']);
    assert.deepEqual([queue?.name, queue?.durable, queue?.arguments], ['orders', true, { 'x-max-length': 7 }]);
    const bindings = await printed(['list', 'bindings', '--columns', 'source,destination,routing_key']);
    assert.match(bindings, /^events +more *\nevents +orders +order\.\*$/m);
    const refused = await refusal(['delete', 'binding', 'events', 'orders', '--key', 'nope']);
    assert.equal(refused, "queue 'orders' has no such binding to exchange 'events'");
    await printed(['delete', 'binding', 'events', 'orders', '--key', 'order.*']);
    await printed(['delete', 'binding', 'events', 'more', '--to-exchange', '--argument', 'a=1']);
    await printed(['delete', 'queue', 'orders', '--if-empty', '--if-unused']);
    await printed(['delete', 'exchange', 'events', '--if-unused']);
    assert.deepEqual(await json(['list', 'queues']), []);
  });

  test('a type of queue is an argument', async () => {
    await printed(['add', 'queue', 'counted', '--durable', '--type', 'quorum']);
    assert.match(await printed(['list', 'queues', '--name', 'COUNT']), /counted +quorum +durable +running/);
    assert.match(await refusal(['add', 'queue', 'counted', '--durable']), /inequivalent arg 'x-queue-type'/);
    await printed(['delete', 'queue', 'counted']);
  });

  test('in another vhost than the usual one', async () => {
    await printed(['--vhost', 'other', 'add', 'queue', 'elsewhere']);
    const inOther = await json<{ vhost: string }[]>(['list', 'queues'], { env: { LEVERET_VHOST: 'other' } });
    assert.deepEqual(
      inOther.map(({ vhost }) => vhost),
      ['other'],
    );
    assert.deepEqual(await json(['list', 'queues', '--vhost', '/']), []);
    await printed(['delete', 'queue', 'elsewhere', '--vhost=other']);
  });
});

describe('lists', () => {
  test('there is one of each kind, for people and programs', async () => {
    const connection = await management.connect();
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.consume(queue, () => undefined);
    for (const kind of Object.keys(LIST_KINDS)) {
      for (const vhost of [[], ['--vhost', '/']]) {
        assert.ok(Array.isArray(await json(['list', kind, ...vhost])), kind);
        const [title] = (await printed(['list', kind, ...vhost])).split('\n');
        const wanted = LIST_KINDS[kind]!.columns.map((column) => column.title);
        assert.deepEqual(title?.split(/ {2,}/), wanted, kind);
      }
    }
    assert.match(await printed(['list', 'consumers']), new RegExp(`^/ +${queue} .* up`, 'm'));
    assert.match(await printed(['list', 'connections']), /^\/ +127\.0\.0\.1:\d+ -> .* guest +running +1 /m);
    await connection.close();
  });

  test('can be sorted, turned around and cut to columns', async () => {
    for (const name of ['b', 'a', 'c']) await printed(['add', 'queue', name]);
    const names = await printed(['list', 'queues', '--columns', 'name', '--sort', 'name', '--reverse']);
    assert.equal(names, 'name\nc\nb\na\n');
    assert.deepEqual(await json(['list', 'queues', '--columns', 'name', '--name', 'a']), [{ name: 'a' }]);
    for (const name of ['b', 'a', 'c']) await printed(['delete', 'queue', name]);
  });

  test('fit the screen, and obey nothing in names', async () => {
    await printed(['add', 'queue', `${'long'.repeat(20)}`]);
    await printed(['add', 'queue', '\u001b[31mred 队列']);
    const wide = await printed(['list', 'queues']);
    assert.match(wide, /(long){20}/);
    assert.match(wide, /\\x1b\[31mred 队列/);
    const narrow = (await printed(['list', 'queues', '--columns', 'name,messages'], { widthCells: 40 })).split('\n');
    assert.match(narrow[2]!, /^(long)+l?o?n?… {2}0$/);
    assert.equal(narrow[2]!.length, 33);
    for (const name of ['long'.repeat(20), '\u001b[31mred 队列']) await printed(['delete', 'queue', name]);
  });
});

describe('users and what they may do', () => {
  test('a password comes from standard input, or is asked for twice', async () => {
    const logsIn = (password: string) =>
      client(management.broker, ['status', '--user', 'shop', '--password', password]);
    await printed(['add', 'user', 'shop', '--tags', 'monitoring'], { stdin: 'first\n' });
    assert.equal((await logsIn('first')).status, 0);
    await printed(['set', 'password', 'shop'], { secrets: ['second', 'second'] });
    assert.equal((await logsIn('second')).status, 0);
    assert.equal(await refusal(['set', 'password', 'shop'], { secrets: ['x', 'y'] }), 'the two are not the same');
    assert.match(await refusal(['set', 'password', 'shop']), /^the password is empty/);
    await printed(['set', 'tags', 'shop', 'monitoring', 'policymaker']);
    assert.equal((await logsIn('second')).status, 0, 'new tags leave the password alone');
    const { tags } = await management.get<{ tags: string[] }>('/users/shop');
    assert.deepEqual(tags, ['monitoring', 'policymaker']);
    await printed(['add', 'user', 'shop', '--no-login']);
    assert.equal((await logsIn('second')).status, 1);
    await printed(['delete', 'user', 'shop']);
  });

  test('permissions, topic permissions and limits', async () => {
    await printed(['add', 'user', 'shop', '--password-hash', 'AAAAAAAA']);
    await printed(['set', 'permissions', 'shop', '--write', '^orders', '--read', '.*']);
    assert.match(await printed(['list', 'permissions', '--vhost', '/']), /^\/ +shop +\^orders +\.\*$/m);
    await printed(['set', 'topic-permissions', 'shop', 'amq.topic', '--write', '^a', '--read', '^b']);
    assert.match(await printed(['list', 'topic-permissions']), /shop +amq\.topic +\^a +\^b/);
    await printed(['set', 'user-limit', 'shop', 'max-connections', '5']);
    assert.match(await printed(['list', 'user-limits']), /shop +max-connections=5/);
    await printed(['set', 'vhost-limit', 'max-queues', '-1', '--vhost', 'other']);
    await printed(['set', 'vhost-limit', 'max-queues', '100', '--vhost', 'other']);
    assert.match(await printed(['list', 'vhost-limits', '--vhost', 'other']), /other +max-queues=100/);
    await printed(['delete', 'user-limit', 'shop', 'max-connections']);
    assert.equal(await printed(['set', 'memory-limit', '64MiB']), 'memory-limit is set\n');
    await printed(['set', 'memory-limit', 'default']);
    assert.equal(
      await refusal(['set', 'memory-limit', 'much']),
      'the value must be a number of octets at least 0, as in 512MiB or 40%',
    );
    await printed(['delete', 'vhost-limit', 'max-queues', '--vhost', 'other']);
    await printed(['delete', 'topic-permissions', 'shop']);
    await printed(['delete', 'permissions', 'shop']);
    assert.equal(await refusal(['delete', 'permissions', 'shop']), "there is no permissions 'shop' in vhost '/'");
    await printed(['delete', 'user', 'shop']);
  });

  test('vhosts, their tracing, policies and parameters', async () => {
    await printed([
      'add',
      'vhost',
      'shop',
      '--description',
      'of shoes',
      '--tags',
      'a,b',
      '--default-queue-type',
      'quorum',
    ]);
    assert.match(await printed(['list', 'vhosts']), /^shop +of shoes +a,b +quorum +no/m);
    await printed(['set', 'tracing', 'on', '--vhost', 'shop']);
    assert.match(await printed(['list', 'vhosts']), /^shop +of shoes +a,b +quorum +yes/m);
    assert.match(await refusal(['set', 'tracing', 'on', '--vhost', 'shpo']), /no vhost 'shpo' \(did you mean shop\?\)/);
    await printed(['delete', 'vhost', 'shop']);
    for (const kind of ['policy', 'operator-policy']) {
      const options = ['--definition', 'max-length=10', '--priority', '3'];
      await printed(['set', kind, 'short', '^tmp', ...options]);
      const list = await printed(['list', kind === 'policy' ? 'policies' : 'operator-policies']);
      assert.match(list, /short +\^tmp +queues +3 +max-length=10/);
      await printed(['delete', kind, 'short']);
    }
    await printed(['set', 'parameter', 'vhost-limits', 'limits', '{"max-queues": 9}', '--vhost', 'other']);
    assert.match(await printed(['list', 'parameters', '--vhost', 'other']), /vhost-limits +limits +max-queues=9/);
    await printed(['delete', 'parameter', 'vhost-limits', 'limits', '--vhost', 'other']);
    await printed(['set', 'global-parameter', 'cluster_name', 'production']);
    assert.match(await printed(['status']), /^Broker +production at 127/);
    await printed(['delete', 'global-parameter', 'cluster_name']);
  });
});

describe('messages', () => {
  test('are looked at, taken, rejected and purged', async () => {
    await printed(['add', 'queue', 'dead']);
    const deadLetters = ['--argument', 'x-dead-letter-exchange=', '--argument', 'x-dead-letter-routing-key=dead'];
    await printed(['add', 'queue', 'q', ...deadLetters]);
    const options = ['--header', 'a=1', '--property', 'content_type=text/plain', '--persistent'];
    await printed(['publish', '', 'q', ...options], { stdin: 'one\ntwo\nthree' });
    const [first] = await json<{ payload: string; properties: object; redelivered: boolean }[]>(['get', 'q']);
    const properties = { delivery_mode: 2, content_type: 'text/plain', headers: { a: 1 } };
    assert.deepEqual([first?.payload, first?.properties, first?.redelivered], ['one', properties, false]);
    const shown = await printed(['get', 'q', '--count', '2', '--truncate', '2']);
    assert.match(shown, /^exchange \(default\) {2}key q {2}3 B\n[\s\S]*header a: 1\non\n\nexchange [\s\S]*\ntw\n$/);
    assert.match(await printed(['get', 'q', '--take']), /\none\n$/);
    assert.match(await printed(['get', 'q', '--reject']), /\ntwo\n$/);
    assert.equal(await printed(['purge', 'q']), "queue 'q' is empty\n");
    const { stderr, stdout } = await client(management.broker, ['get', 'q']);
    assert.deepEqual([stdout, stderr], ['', "leveret: queue 'q' has no messages to give\n"]);
    assert.match(await refusal(['get', 'q', '--take', '--reject'], {}, 2), /exclude each other/);
    assert.equal(await printed(['replay', 'dead']), '1 message moved, 0 stayed\n');
    assert.match(await printed(['get', 'q', '--take']), /\ntwo\n$/);
    await printed(['delete', 'queue', 'dead']);
    await printed(['delete', 'queue', 'q']);
  });

  test('are moved, and held back', async () => {
    for (const name of ['from', 'to']) await printed(['add', 'queue', name]);
    await printed(['publish', '', 'from', '--body', 'x', '--count', '5']);
    assert.deepEqual(await json(['move', 'from', 'to', '--limit', '2', '--max-size', '9']), {
      moved: 2,
      stayed: 0,
      error: null,
    });
    assert.match(await printed(['move', 'from', 'to', '--header', 'a=1']), /^0 messages moved, 3 stayed/);
    assert.match(await refusal(['move', 'from', 'nowhere']), /queue 'nowhere' in vhost '\/' does not exist/);
    assert.equal(await printed(['pause', 'to']), "queue 'to' is paused\n");
    assert.match(await printed(['list', 'queues']), /to .*paused/);
    assert.equal(await printed(['resume', 'to']), "queue 'to' goes on\n");
    for (const name of ['from', 'to']) await printed(['delete', 'queue', name]);
  });
});

test('definitions go out and come in', async () => {
  using directory = new TemporaryDataDirectory();
  const file = join(directory.path, 'definitions.json');
  await printed(['add', 'queue', 'kept', '--durable']);
  await printed(['export-definitions', file]);
  if (process.platform !== 'win32') assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal(await printed(['export-definitions']), await readFile(file, 'utf8'));
  const ofOther = await json<{ queues: unknown[] }>(['export-definitions', '--vhost', 'other']);
  assert.deepEqual(ofOther.queues, []);
  await printed(['delete', 'queue', 'kept']);
  assert.equal(await printed(['import-definitions', file]), 'definitions are imported\n');
  await printed(['delete', 'queue', 'kept']);
  await printed(['import-definitions', '-'], { stdin: await readFile(file, 'utf8') });
  await printed(['delete', 'queue', 'kept']);
  assert.match(await refusal(['import-definitions', '/nowhere']), /^\/nowhere can't be read: ENOENT/);
  assert.match(await refusal(['import-definitions', '-'], { stdin: '{' }), /^- is no JSON/);
});

test('connections are closed, one or all of a user', async () => {
  const [one, other] = [await management.connect(), await management.connect()];
  const closed = (each: typeof one) => new Promise<Error>((resolve) => each.on('close', resolve));
  const [oneClosed, otherClosed] = [closed(one), closed(other)];
  const [{ name }] = await json<[{ name: string }]>(['list', 'connections']);
  await printed(['close-connection', name, '--reason', 'maintenance']);
  const reason = await Promise.race([oneClosed, otherClosed]);
  assert.match(String(reason), /CONNECTION-FORCED.*maintenance|CONNECTION_FORCED - maintenance/);
  await printed(['close-connection', 'guest', '--of-user']);
  await Promise.all([oneClosed, otherClosed]);
  assert.match(await refusal(['close-connection', 'none']), /^there is no connection 'none'/);
});

test('status tells people and programs how the broker is', async () => {
  const text = await printed(['status']);
  assert.match(text, /^Broker +leveret@\S+ at 127\.0\.0\.1:\d+\nSoftware +Leveret \d/);
  assert.match(text, /^Alarms +none$/m);
  assert.doesNotMatch(await printed(['status'], { user: 'management' }), /^Memory/m);
  const { overview, node } = await json<{ overview: object; node: object }>(['status']);
  assert.ok('object_totals' in overview && 'mem_used' in node);
});

describe('what goes wrong is said in one line', () => {
  test('what is not there, with what may have been meant', async () => {
    await printed(['add', 'queue', 'orders']);
    assert.equal(await refusal(['get', 'ordes']), "there is no queue 'ordes' in vhost '/' (did you mean orders?)");
    assert.equal(await refusal(['purge', '\u001b[1mxyz']), "there is no queue '\\x1b[1mxyz' in vhost '/'");
    for (const args of [
      ['list', 'queues'],
      ['purge', 'orders'],
      ['add', 'queue', 'x'],
      ['pause', 'orders'],
    ]) {
      const said = await refusal([...args, '--vhost', 'othr']);
      assert.equal(said, "there is no vhost 'othr' (did you mean other?)", args.join(' '));
    }
    assert.match(await refusal(['delete', 'user', 'gest']), /no user 'gest' \(did you mean guest\?\)/);
    assert.match(await refusal(['set', 'permissions', 'gest']), /no user 'gest' \(did you mean guest\?\)/);
    assert.match(await refusal(['set', 'user-limit', 'gest', 'max-channels', '1']), /no user 'gest'/);
    assert.match(await refusal(['set', 'permissions', 'guest', '--vhost', 'othr']), /no vhost 'othr'/);
    assert.match(await refusal(['add', 'binding', 'nope', 'orders']), /no exchange 'nope'/);
    await printed(['delete', 'queue', 'orders']);
  });

  test('words that are no commands or options', async () => {
    assert.match(await refusal(['list', 'queus'], {}, 2), /no 'queus' to list \(did you mean queues\?\)/);
    assert.match(await refusal(['--json', 'lits'], {}, 2), /unknown command 'lits'.*list/);
    assert.match(await refusal(['list', 'queues', '--clumns', 'x'], {}, 2), /unknown option '--clumns'.*--columns/);
    assert.match(await refusal(['get', 'q', '--count', 'x'], {}, 2), /--count should be a whole number/);
    assert.match(await refusal(['add', 'queue', 'q', '--argument', 'x'], {}, 2), /'x' should be KEY=VALUE/);
    assert.match(await refusal(['completion', 'basch'], {}, 2), /did you mean bash\?/);
    const { status, stderr } = await client(management.broker, ['add']);
    assert.equal(status, 2);
    assert.match(stderr, /^Usage: leveret add /);
  });

  test('brokers that are not there, and others', async () => {
    const gone = ['--url', 'http://127.0.0.1:1'];
    assert.match(await refusal([...gone, 'status']), /^no broker at http:\/\/127.* start one with 'leveret'.*--url$/);
    assert.match(await refusal(['list', 'queues', '--url', 'http://no.invalid']), /^no broker at/);
    const amqp = `http://127.0.0.1:${management.broker.port}`;
    assert.match(await refusal(['status', '--url', amqp]), /is no broker's management API/);
    assert.match(
      await refusal(['status', '--url', `${management.broker.managementUrl}/else`]),
      /no such thing at .*\/else; is the address right\?/,
    );
    assert.match(await refusal(['status', '--url', 'localhost'], {}, 2), /--url is no address: 'localhost'/);
    assert.match(await refusal(['status', '--url', 'amqp://localhost'], {}, 2), /speaks HTTP/);
  });

  test('who may not', async () => {
    assert.match(await refusal(['status', '--password', 'x']), /does not let user guest in with this password/);
    assert.match(await refusal(['list', 'users'], { user: 'management' }), /^user management may not do that/);
    assert.match(await refusal(['list', 'queues'], { user: 'nobody' }), /may not use the management API: that takes/);
    const env = { LEVERET_PASSWORD: '' };
    assert.match(await refusal(['status'], { user: 'monitoring', env }, 2), /user monitoring needs a password/);
    assert.match(await printed(['status'], { user: 'monitoring', env, secrets: ['monitoring'] }), /^Broker/);
  });
});

test('every command has a help with an example, or an explanation', async () => {
  for (const name of Object.keys(CLIENT_COMMANDS)) {
    const help = await printed([name, '--help']);
    assert.match(help, new RegExp(`^Usage: leveret ${name} `));
    assert.match(help, /--url <URL>/);
  }
  assert.match(await printed(['add', 'queue', '--help']), /Example:\n {2}leveret add queue/);
});

test('docs/command-line.md has every command and everything that can be listed', async () => {
  const text = await readFile(new URL('../../../docs/command-line.md', import.meta.url), 'utf8');
  for (const name of Object.keys(CLIENT_COMMANDS)) assert.ok(text.includes(`leveret ${name}`), name);
  for (const kind of Object.keys(LIST_KINDS)) assert.ok(text.includes(`\`${kind}\``), kind);
});
