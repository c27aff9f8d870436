import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import type { MethodArguments } from '#src/protocol/methods.js';
import { scenario } from '../support/scenario.ts';
import { inequivalentText, lockedText, noQueueText } from '../support/texts.ts';
import { UNUSUAL_NAMES } from '../support/unusual-names.ts';

type Declaration = Partial<MethodArguments<'queue.declare'>>;

describe('declaring a queue', () => {
  const options: readonly Declaration[] = [
    {},
    { durable: true },
    { autoDelete: true },
    { exclusive: true },
    { durable: true, exclusive: true, autoDelete: true },
  ];
  for (const option of options) {
    test(
      `${JSON.stringify(option)}, twice`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = s.name('queue');
        const expected = { queue, messageCount: 0, consumerCount: 0 };
        assert.deepEqual(await channel.call('queue.declare', { queue, ...option }), expected);
        assert.deepEqual(await channel.call('queue.declare', { queue, ...option }), expected);
      }),
    );
  }

  for (const [what, makeName] of UNUSUAL_NAMES) {
    test(
      `a name ${what}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = await s.queue(channel, { queue: makeName(s.name('queue')) });
        channel.publish('', queue, 'routed');
        await channel.expectMessages(queue, 'routed');
        await channel.call('queue.delete', { queue });
        await channel.expectRefusal('queue.declare', { queue, passive: true }, 404, noQueueText(queue));
      }),
    );
  }

  test(
    'line ends are taken out of names',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      const declared = await channel.call('queue.declare', { queue: `\r${queue}\r\n`, exclusive: true });
      assert.equal(declared.queue, queue);
    }),
  );

  test(
    'without waiting',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      channel.send('queue.declare', { queue, noWait: true });
      channel.publish('', queue, 'routed');
      await channel.expectMessages(queue, 'routed');
    }),
  );

  test(
    'tells how many messages are ready and how many consumers there are',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const body of ['a', 'b', 'c']) channel.publish('', queue, body);
      await channel.get(queue, false);
      const expected = { queue, messageCount: 2, consumerCount: 0 };
      assert.deepEqual(await channel.call('queue.declare', { queue, exclusive: true }), expected);
      assert.deepEqual(await channel.call('queue.declare', { queue, passive: true }), expected);
      await channel.call('basic.consume', { queue, consumerTag: 't' });
      await channel.expectDeliveries('b', 'c');
      const consuming = { queue, messageCount: 0, consumerCount: 1 };
      assert.deepEqual(await channel.call('queue.declare', { queue, passive: true }), consuming);
    }),
  );

  test(
    'arguments of no meaning are taken and not compared',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel, { arguments: fieldTable({ 'x-mine': { a: [null, true] } }) });
      await channel.call('queue.declare', { queue, exclusive: true });
      await channel.call('queue.declare', { queue, exclusive: true, arguments: fieldTable({ 'x-mine': 1 }) });
    }),
  );

  test(
    'the queue type classic is the default',
    scenario(async (s) => {
      const channel = await s.channel();
      const classic = { exclusive: true, arguments: fieldTable({ 'x-queue-type': 'classic' }) };
      const [plain, typed] = [await s.queue(channel), await s.queue(channel, classic)];
      await channel.call('queue.declare', { queue: plain, ...classic });
      await channel.call('queue.declare', { queue: typed, exclusive: true });
    }),
  );
});

describe('declaring a queue is refused', () => {
  for (const options of [{}, { exclusive: true }, { durable: true }]) {
    test(
      `under a reserved name, ${JSON.stringify(options)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        for (const queue of ['amq.mine', 'amq.', 'amq.gen-mine']) {
          const text = `ACCESS_REFUSED - queue name '${queue}' contains reserved prefix 'amq.*'`;
          await channel.expectRefusal('queue.declare', { queue, ...options }, 403, text);
        }
      }),
    );
  }

  const different: readonly (readonly [first: Declaration, second: Declaration, argument: string])[] = [
    [{}, { durable: true }, 'durable'],
    [{ durable: true }, {}, 'durable'],
    [{}, { autoDelete: true }, 'auto_delete'],
    [{ autoDelete: true }, {}, 'auto_delete'],
    [{}, { durable: true, autoDelete: true }, 'durable'],
    [{ exclusive: true }, { exclusive: true, autoDelete: true }, 'auto_delete'],
  ];
  for (const [first, second, argument] of different) {
    test(
      `with ${JSON.stringify(second)} where one is there with ${JSON.stringify(first)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = s.name('queue');
        await channel.call('queue.declare', { queue, ...first });
        const received = argument === 'durable' ? second.durable : second.autoDelete;
        const text = inequivalentText('queue', argument, queue, `'${received === true}'`, `'${received !== true}'`);
        await channel.expectRefusal('queue.declare', { queue, ...second }, 406, text);
      }),
    );
  }

  for (const [first, second] of [
    [{}, { exclusive: true }],
    [{ exclusive: true }, {}],
    [{}, { exclusive: true, durable: true, autoDelete: true }],
  ] satisfies [Declaration, Declaration][]) {
    test(
      `with ${JSON.stringify(second)} where one is there with ${JSON.stringify(first)}: as if it were another's`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = s.name('queue');
        await channel.call('queue.declare', { queue, ...first });
        await channel.expectRefusal('queue.declare', { queue, ...second }, 405, lockedText(queue));
      }),
    );
  }

  test(
    'with another queue type',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      await channel.call('queue.declare', { queue });
      const type = (name: PlainValue): Declaration => ({ arguments: fieldTable({ 'x-queue-type': name }) });
      const received = "the value 'quorum' of type 'longstr'";
      const text = inequivalentText('queue', 'x-queue-type', queue, received, 'none');
      await channel.expectRefusal('queue.declare', { queue, ...type('quorum') }, 406, text);
    }),
  );

  const types: readonly (readonly [value: PlainValue, reason: string])[] = [
    ['nonsense', `"unsupported queue type 'nonsense'"`],
    ['', `"unsupported queue type ''"`],
    [1, '{unacceptable_type,signedint}'],
  ];
  for (const [value, reason] of types) {
    test(
      `with the queue type ${JSON.stringify(value)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = s.name('queue');
        const text = `PRECONDITION_FAILED - invalid arg 'x-queue-type' for queue '${queue}' in vhost '/': ${reason}`;
        const args = fieldTable({ 'x-queue-type': value });
        await channel.expectRefusal('queue.declare', { queue, arguments: args }, 406, text);
      }),
    );
  }
});

describe('declaring a queue passively', () => {
  for (const noWait of [false, true]) {
    test(
      `which is not there, no-wait: ${noWait}`,
      scenario(async (s) => {
        const channel = await s.channel();
        for (const queue of ['nowhere', 'amq.nowhere', '']) {
          await channel.expectRefusal('queue.declare', { queue, passive: true, noWait }, 404, noQueueText(queue));
        }
      }),
    );
  }

  test(
    'compares nothing',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      await channel.call('queue.declare', { queue });
      const other = {
        durable: true,
        exclusive: true,
        autoDelete: true,
        arguments: fieldTable({ 'x-queue-type': 'x' }),
      };
      await channel.call('queue.declare', { queue, passive: true, ...other });
    }),
  );
});

describe('a queue named by the server', () => {
  test(
    'is amq.gen- and 22 characters, another one each time',
    scenario(async (s) => {
      const channel = await s.channel();
      const names = new Set<string>();
      for (let count = 0; count < 10; count++) {
        const { queue } = await channel.call('queue.declare', { exclusive: true });
        assert.match(queue, /^amq\.gen-[A-Za-z0-9_-]{22}$/);
        names.add(queue);
      }
      assert.equal(names.size, 10);
    }),
  );

  test(
    'works as any other',
    scenario(async (s) => {
      const channel = await s.channel();
      const { queue } = await channel.call('queue.declare', { exclusive: true });
      channel.publish('', queue, 'routed');
      await channel.expectMessages(queue, 'routed');
      assert.equal((await channel.call('queue.declare', { queue, passive: true })).queue, queue);
    }),
  );

  test(
    'cannot be declared again by name, since that is reserved',
    scenario(async (s) => {
      const channel = await s.channel();
      const { queue } = await channel.call('queue.declare', { exclusive: true });
      const text = `ACCESS_REFUSED - queue name '${queue}' contains reserved prefix 'amq.*'`;
      await channel.expectRefusal('queue.declare', { queue, exclusive: true }, 403, text);
    }),
  );
});
