import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import type { MethodArguments, MethodName } from '#src/protocol/methods.js';
import { LIMITED, OTHER_VHOST } from '../support/accounts.ts';
import { scenario } from '../support/scenario.ts';
import { noExchangeText, noQueueText } from '../support/texts.ts';

const REFUSED = (kind: 'queue' | 'exchange', name: string): string =>
  `ACCESS_REFUSED - access to ${kind} '${name}' in vhost '/' refused for user '${LIMITED.name}'`;

const AS_LIMITED = { username: LIMITED.name, password: LIMITED.password };

describe('configure permission', () => {
  test(
    'lets a user declare and delete',
    scenario(async (s) => {
      const channel = await s.channel(AS_LIMITED);
      const [queue, exchange] = [s.name('configure-queue'), s.name('configure-exchange')];
      await channel.call('queue.declare', { queue });
      await channel.call('queue.delete', { queue });
      await channel.call('exchange.declare', { exchange, type: 'fanout' });
      await channel.call('exchange.delete', { exchange });
    }),
  );

  for (const prefix of ['read-', 'write-', '', 'xconfigure-']) {
    test(
      `is needed for names such as '${prefix}name'`,
      scenario(async (s) => {
        const channel = await s.channel(AS_LIMITED);
        const name = s.name(`${prefix}name`);
        await channel.expectRefusal('queue.declare', { queue: name }, 403, REFUSED('queue', name));
        const exchange = { exchange: name, type: 'fanout' };
        await channel.expectRefusal('exchange.declare', exchange, 403, REFUSED('exchange', name));
        await channel.expectRefusal('exchange.delete', { exchange: name }, 403, REFUSED('exchange', name));
      }),
    );
  }

  test(
    'is needed to delete a queue that is there',
    scenario(async (s) => {
      const [owner, channel] = [await s.channel(), await s.channel(AS_LIMITED)];
      const queue = s.name('read-queue');
      await owner.call('queue.declare', { queue });
      await channel.expectRefusal('queue.delete', { queue }, 403, REFUSED('queue', queue));
    }),
  );

  test(
    'is not needed to declare passively',
    scenario(async (s) => {
      const [owner, channel] = [await s.channel(), await s.channel(AS_LIMITED)];
      const [queue, exchange] = [s.name('forbidden'), s.name('forbidden')];
      await owner.call('queue.declare', { queue });
      await owner.call('exchange.declare', { exchange, type: 'fanout' });
      await channel.call('queue.declare', { queue, passive: true });
      await channel.call('exchange.declare', { exchange, passive: true });
    }),
  );

  test(
    'is needed for the names that the server makes',
    scenario(async (s) => {
      const channel = await s.channel(AS_LIMITED);
      channel.send('queue.declare', { exclusive: true });
      const text = /^ACCESS_REFUSED - access to queue 'amq\.gen-[\w-]{22}' in vhost '\/' refused for user 'limited'$/;
      await channel.expectChannelClose(403, text, 'queue.declare');
    }),
  );
});

describe('write permission', () => {
  test(
    'lets a user publish',
    scenario(async (s) => {
      const [owner, channel] = [await s.channel(), await s.channel(AS_LIMITED)];
      const [queue, exchange] = [await s.queue(owner), s.name('write-exchange')];
      await s.exchange(owner, 'fanout', { exchange });
      await owner.call('queue.bind', { queue, exchange });
      channel.publish(exchange, '', 'routed');
      await channel.expectNothing();
      await owner.expectMessages(queue, 'routed');
    }),
  );

  for (const exchange of ['amq.direct', 'amq.topic']) {
    test(
      `is needed to publish to ${exchange}`,
      scenario(async (s) => {
        const channel = await s.channel(AS_LIMITED);
        channel.publish(exchange, 'k', 'x');
        await channel.expectChannelClose(403, REFUSED('exchange', exchange), 'basic.publish');
      }),
    );
  }

  test(
    'is needed to publish to the default exchange, by the name amq.default',
    scenario(async (s) => {
      const channel = await s.channel(AS_LIMITED);
      channel.publish('', 'read-queue', 'x');
      await channel.expectChannelClose(403, REFUSED('exchange', 'amq.default'), 'basic.publish');
    }),
  );
});

describe('read permission', () => {
  test(
    'lets a user get, consume and purge',
    scenario(async (s) => {
      const [owner, channel] = [await s.channel(), await s.channel(AS_LIMITED)];
      const queue = s.name('read-queue');
      await owner.call('queue.declare', { queue });
      for (const body of ['a', 'b', 'c']) owner.publish('', queue, body);
      await owner.awaitCount(queue, 3);
      await channel.expectMessage(queue, 'a');
      await channel.call('basic.consume', { queue, consumerTag: 't', noAck: true });
      await channel.expectDeliveries('b', 'c');
      await channel.call('basic.cancel', { consumerTag: 't' });
      assert.deepEqual(await channel.call('queue.purge', { queue }), { messageCount: 0 });
    }),
  );

  for (const name of ['basic.get', 'basic.consume', 'queue.purge'] as const) {
    test(
      `is needed for ${name}`,
      scenario(async (s) => {
        const [owner, channel] = [await s.channel(), await s.channel(AS_LIMITED)];
        const queue = s.name('write-queue');
        await owner.call('queue.declare', { queue });
        await channel.expectRefusal(name, { queue }, 403, REFUSED('queue', queue));
        await channel.expectRefusal(name, { queue: 'nowhere' }, 403, REFUSED('queue', 'nowhere'));
      }),
    );
  }
});

describe('bindings', () => {
  const methods: readonly MethodName[] = ['queue.bind', 'queue.unbind'];
  for (const name of methods) {
    test(
      `${name} needs to write to the queue and to read from the exchange`,
      scenario(async (s) => {
        const [owner, channel] = [await s.channel(), await s.channel(AS_LIMITED)];
        const names = { write: s.name('write-name'), read: s.name('read-name'), all: s.name('all-name') };
        for (const queue of Object.values(names)) await owner.call('queue.declare', { queue });
        for (const exchange of Object.values(names)) await s.exchange(owner, 'fanout', { exchange });
        const send = (args: Partial<MethodArguments<'queue.bind'>>): Partial<MethodArguments<'queue.bind'>> => args;
        const unwritable = send({ queue: names.read, exchange: names.read });
        await channel.expectRefusal(name, unwritable, 403, REFUSED('queue', names.read));
        const unreadable = send({ queue: names.write, exchange: names.write });
        await channel.expectRefusal(name, unreadable, 403, REFUSED('exchange', names.write));
        for (const [queue, exchange] of [
          [names.write, names.read],
          [names.all, names.all],
        ] as const) {
          channel.send(name, { queue, exchange });
          await channel.expect(`${name}-ok` as MethodName);
        }
      }),
    );
  }

  for (const name of ['exchange.bind', 'exchange.unbind'] as const) {
    test(
      `${name} needs to write to the destination and to read from the source`,
      scenario(async (s) => {
        const [owner, channel] = [await s.channel(), await s.channel(AS_LIMITED)];
        const names = { write: s.name('write-name'), read: s.name('read-name') };
        for (const exchange of Object.values(names)) await s.exchange(owner, 'fanout', { exchange });
        const unwritable = { destination: names.read, source: names.read };
        await channel.expectRefusal(name, unwritable, 403, REFUSED('exchange', names.read));
        const unreadable = { destination: names.write, source: names.write };
        await channel.expectRefusal(name, unreadable, 403, REFUSED('exchange', names.write));
        await channel.call(name, { destination: names.write, source: names.read });
      }),
    );
  }

  test(
    'an alternate exchange needs to read from the exchange and to write to the alternate one',
    scenario(async (s) => {
      const channel = await s.channel(AS_LIMITED);
      const declare = (exchange: string, alternate: string): Partial<MethodArguments<'exchange.declare'>> => ({
        exchange,
        type: 'fanout',
        arguments: fieldTable({ 'alternate-exchange': alternate }),
      });
      const [configurable, all] = [s.name('configure-name'), s.name('all-name')];
      const unreadable = declare(configurable, 'write-name');
      await channel.expectRefusal('exchange.declare', unreadable, 403, REFUSED('exchange', configurable));
      const unwritable = declare(all, 'read-name');
      await channel.expectRefusal('exchange.declare', unwritable, 403, REFUSED('exchange', 'read-name'));
      await channel.call('exchange.declare', declare(all, 'write-name'));
    }),
  );
});

describe('dead letters', () => {
  const withDeadLetters = (queue: string, exchange: string): Partial<MethodArguments<'queue.declare'>> => ({
    queue,
    arguments: fieldTable({ 'x-dead-letter-exchange': exchange }),
  });

  test(
    'need to read from the queue and to write to the exchange',
    scenario(async (s) => {
      const channel = await s.channel(AS_LIMITED);
      const [configurable, all] = [s.name('configure-name'), s.name('all-name')];
      const unreadable = withDeadLetters(configurable, 'write-name');
      await channel.expectRefusal('queue.declare', unreadable, 403, REFUSED('queue', configurable));
      const unwritable = withDeadLetters(all, 'read-name');
      await channel.expectRefusal('queue.declare', unwritable, 403, REFUSED('exchange', 'read-name'));
      await channel.expectRefusal('queue.declare', { queue: all, passive: true }, 404, noQueueText(all));
      await channel.call('queue.declare', withDeadLetters(all, 'write-name'));
    }),
  );

  test(
    'need to write to the default exchange, if they go there',
    scenario(async (s) => {
      const channel = await s.channel(AS_LIMITED);
      const queue = s.name('all-name');
      const key = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'elsewhere' };
      const declaration = { queue, arguments: fieldTable(key) };
      await channel.expectRefusal('queue.declare', declaration, 403, REFUSED('exchange', 'amq.default'));
    }),
  );

  test(
    'are not asked for again where the queue is there',
    scenario(async (s) => {
      const [owner, channel] = [await s.channel(), await s.channel(AS_LIMITED)];
      const queue = s.name('configure-name');
      await owner.call('queue.declare', withDeadLetters(queue, 'read-name'));
      await channel.call('queue.declare', withDeadLetters(queue, 'read-name'));
    }),
  );

  test(
    'are refused for the type of what should be a name, whatever the permissions',
    scenario(async (s) => {
      const channel = await s.channel(AS_LIMITED);
      const queue = s.name('configure-name');
      const declaration = { queue, arguments: fieldTable({ 'x-dead-letter-exchange': 5 }) };
      const text = `PRECONDITION_FAILED - invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue '${queue}' in vhost '/'`;
      await channel.expectRefusal('queue.declare', declaration, 406, text);
    }),
  );

  test(
    'go to an alternate exchange of one that is there without a question, too',
    scenario(async (s) => {
      const [owner, channel] = [await s.channel(), await s.channel(AS_LIMITED)];
      const exchange = s.name('configure-name');
      const declaration = { exchange, type: 'fanout', arguments: fieldTable({ 'alternate-exchange': 'read-name' }) };
      await owner.call('exchange.declare', declaration);
      await channel.call('exchange.declare', declaration);
      await owner.call('exchange.delete', { exchange });
    }),
  );
});

describe('what is refused whoever asks', () => {
  const RESERVED = (kind: string, name: string) =>
    `ACCESS_REFUSED - ${kind} name '${name}' contains reserved prefix 'amq.*'`;
  const DEFAULT = 'ACCESS_REFUSED - operation not permitted on the default exchange';

  test(
    'is refused for that before permissions are asked for: names of queues, deletions of system exchanges',
    scenario(async (s) => {
      const channel = await s.channel(AS_LIMITED);
      const name = 'amq.nowhere';
      await channel.expectRefusal('queue.declare', { queue: name }, 403, RESERVED('queue', name));
      const deletion = (exchange: string) =>
        `ACCESS_REFUSED - deletion of system exchange '${exchange}' in vhost '/' not allowed`;
      for (const exchange of [name, 'amq.direct']) {
        await channel.expectRefusal('exchange.delete', { exchange }, 403, deletion(exchange));
      }
      await channel.expectRefusal('exchange.delete', { exchange: '' }, 403, DEFAULT);
      await channel.expectRefusal('exchange.declare', { exchange: '', type: 'direct' }, 403, DEFAULT);
    }),
  );

  test(
    'is refused after permissions: names of exchanges, bindings of the default exchange',
    scenario(async (s) => {
      const [owner, channel] = [await s.channel(), await s.channel(AS_LIMITED)];
      const name = 'amq.nowhere';
      await channel.expectRefusal('queue.delete', { queue: name }, 403, REFUSED('queue', name));
      for (const exchange of [name, 'amq.direct']) {
        const declaration = { exchange, type: 'direct', durable: true };
        await channel.expectRefusal('exchange.declare', declaration, 403, REFUSED('exchange', exchange));
      }
      for (const method of ['queue.bind', 'queue.unbind'] as const) {
        await channel.expectRefusal(method, { queue: 'read-q', exchange: '' }, 403, REFUSED('queue', 'read-q'));
        await channel.expectRefusal(method, { queue: 'write-q', exchange: '' }, 403, DEFAULT);
      }
      for (const method of ['exchange.bind', 'exchange.unbind'] as const) {
        const ends = { destination: '', source: '' };
        await channel.expectRefusal(method, ends, 403, REFUSED('exchange', 'amq.default'));
        await owner.expectRefusal(method, ends, 403, DEFAULT);
      }
    }),
  );

  test(
    'is refused first of all for a type of exchange that there is not',
    scenario(async (s) => {
      const client = await s.client(AS_LIMITED);
      const channel = await client.channel();
      channel.send('exchange.declare', { exchange: s.name('read-name'), type: 'unknown-type' });
      const text = "COMMAND_INVALID - unknown exchange type 'unknown-type'";
      await client.expectConnectionClose(503, text, 'exchange.declare');
    }),
  );
});

describe('names in bindings and deletions', () => {
  test(
    'lose their line breaks, as those of declarations do',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [s.name(), s.name()];
      await channel.call('queue.declare', { queue: `${queue}\r\n` });
      await channel.call('exchange.declare', { exchange: `${exchange}\n`, type: 'fanout' });
      await channel.call('queue.bind', { queue: `${queue}\n`, exchange: `${exchange}\r` });
      await channel.call('exchange.bind', { destination: `${exchange}\n`, source: 'amq.fanout\n' });
      channel.publish('amq.fanout', '', 'routed');
      await channel.expectMessages(queue, 'routed');
      await channel.call('exchange.unbind', { destination: `${exchange}\n`, source: 'amq.fanout\n' });
      await channel.call('queue.unbind', { queue: `${queue}\n`, exchange: `${exchange}\r` });
      await channel.call('exchange.delete', { exchange: `${exchange}\n`, ifUnused: true });
      await channel.call('queue.delete', { queue: `\n${queue}` });
      await channel.expectRefusal('queue.declare', { queue, passive: true }, 404, noQueueText(queue));
    }),
  );
});

describe('virtual hosts', () => {
  test(
    'have their own queues, exchanges and bindings',
    scenario(async (s) => {
      const [here, there] = [await s.channel(), await s.channel({ virtualHost: OTHER_VHOST })];
      const name = s.name();
      for (const channel of [here, there]) {
        await channel.call('queue.declare', { queue: name, exclusive: true });
        channel.publish('', name, 'routed');
      }
      await here.call('exchange.declare', { exchange: name, type: 'fanout' });
      await here.call('queue.bind', { queue: name, exchange: name });
      there.publish('amq.direct', name, 'lost');
      here.publish(name, '', 'again');
      await here.expectMessages(name, 'routed', 'again');
      await there.expectMessages(name, 'routed');
      const text = noExchangeText(name, OTHER_VHOST);
      await there.expectRefusal('exchange.declare', { exchange: name, passive: true }, 404, text);
    }),
  );

  for (const exchange of ['amq.direct', 'amq.fanout', 'amq.topic', 'amq.headers', 'amq.match']) {
    test(
      `have their own ${exchange}`,
      scenario(async (s) => {
        const there = await s.channel({ virtualHost: OTHER_VHOST });
        await there.call('exchange.declare', { exchange, passive: true });
      }),
    );
  }

  test(
    'are named in errors',
    scenario(async (s) => {
      const there = await s.channel({ virtualHost: OTHER_VHOST });
      const text = noQueueText('nowhere', OTHER_VHOST);
      await there.expectRefusal('basic.get', { queue: 'nowhere' }, 404, text);
    }),
  );
});
