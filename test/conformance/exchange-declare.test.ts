import { describe, test } from 'node:test';
import { fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import type { MethodArguments } from '#src/protocol/methods.js';
import { scenario } from '../support/scenario.ts';
import { inequivalentText, noExchangeText } from '../support/texts.ts';
import { UNUSUAL_NAMES } from '../support/unusual-names.ts';

type Declaration = Partial<MethodArguments<'exchange.declare'>>;

const TYPES = ['direct', 'fanout', 'topic', 'headers'] as const;
const PREDECLARED: readonly (readonly [exchange: string, type: string])[] = [
  ['amq.direct', 'direct'],
  ['amq.fanout', 'fanout'],
  ['amq.topic', 'topic'],
  ['amq.headers', 'headers'],
  ['amq.match', 'headers'],
];

const DEFAULT_EXCHANGE = 'ACCESS_REFUSED - operation not permitted on the default exchange';

describe('declaring an exchange', () => {
  for (const type of TYPES) {
    for (const options of [{}, { durable: true }, { autoDelete: true }, { internal: true }]) {
      test(
        `of type ${type}, ${JSON.stringify(options)}, twice`,
        scenario(async (s) => {
          const channel = await s.channel();
          const exchange = await s.exchange(channel, type, options);
          await channel.call('exchange.declare', { exchange, type, ...options });
          await channel.call('exchange.declare', { exchange, passive: true });
        }),
      );
    }
  }

  for (const [what, makeName] of UNUSUAL_NAMES) {
    test(
      `a name ${what}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const exchange = makeName(s.name());
        await channel.call('exchange.declare', { exchange, type: 'fanout' });
        await channel.call('exchange.declare', { exchange, passive: true });
        await channel.call('exchange.delete', { exchange });
        await channel.expectRefusal('exchange.declare', { exchange, passive: true }, 404, noExchangeText(exchange));
      }),
    );
  }

  test(
    'line ends are taken out of names',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = s.name();
      await channel.call('exchange.declare', { exchange: `\r\n${exchange}\n`, type: 'fanout' });
      await channel.call('exchange.declare', { exchange, passive: true });
    }),
  );

  test(
    'arguments of no meaning are taken and not compared',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'direct', { arguments: fieldTable({ 'x-mine': [1, { a: null }] }) });
      await channel.call('exchange.declare', { exchange, type: 'direct' });
      await channel.call('exchange.declare', { exchange, type: 'direct', arguments: fieldTable({ 'x-mine': 2 }) });
    }),
  );

  test(
    'without waiting',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = s.name();
      channel.send('exchange.declare', { exchange, type: 'direct', noWait: true });
      channel.send('exchange.declare', { exchange, passive: true, noWait: true });
      await channel.call('exchange.declare', { exchange, passive: true });
    }),
  );
});

describe('declaring an exchange is refused', () => {
  for (const [type, what] of [
    ['unknown-type', 'unknown'],
    ['DIRECT', 'unknown'],
    ['x-nonsense', 'unknown'],
    ['', 'invalid'],
  ]) {
    test(
      `with the type '${type}'`,
      scenario(async (s) => {
        const client = await s.client();
        const channel = await client.channel();
        channel.send('exchange.declare', { exchange: s.name(), type: type! });
        const text = `COMMAND_INVALID - ${what} exchange type '${type}'`;
        await client.expectConnectionClose(503, text, 'exchange.declare');
      }),
    );
  }

  test(
    'with an unknown type, also where the exchange is there already',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      channel.send('exchange.declare', { exchange: 'amq.direct', type: 'unknown-type', durable: true });
      const text = "COMMAND_INVALID - unknown exchange type 'unknown-type'";
      await client.expectConnectionClose(503, text, 'exchange.declare');
    }),
  );

  for (const exchange of ['amq.mine', 'amq.']) {
    test(
      `under the reserved name ${exchange}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const text = `ACCESS_REFUSED - exchange name '${exchange}' contains reserved prefix 'amq.*'`;
        await channel.expectRefusal('exchange.declare', { exchange, type: 'direct' }, 403, text);
      }),
    );
  }

  for (const passive of [false, true]) {
    test(
      `for the default exchange, passive: ${passive}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const declaration = { exchange: '', type: 'direct', passive };
        await channel.expectRefusal('exchange.declare', declaration, 403, DEFAULT_EXCHANGE);
      }),
    );
  }

  const different: readonly (readonly [what: string, first: Declaration, second: Declaration, text: string[]])[] = [
    ['another type', {}, { type: 'fanout' }, ['type', "'fanout'", "'direct'"]],
    ['durable instead of transient', {}, { durable: true }, ['durable', "'true'", "'false'"]],
    ['transient instead of durable', { durable: true }, {}, ['durable', "'false'", "'true'"]],
    ['auto-delete instead of not', {}, { autoDelete: true }, ['auto_delete', "'true'", "'false'"]],
    ['not auto-delete instead of so', { autoDelete: true }, {}, ['auto_delete', "'false'", "'true'"]],
    ['internal instead of not', {}, { internal: true }, ['internal', "'true'", "'false'"]],
    ['not internal instead of so', { internal: true }, {}, ['internal', "'false'", "'true'"]],
    ['a type that is no plain word', {}, { type: 'x-random' }, ['type', "''x-random''", "'direct'"]],
    ['a plain word instead of such a type', { type: 'x-random' }, {}, ['type', "'direct'", "''x-random''"]],
    ['the type first', {}, { type: 'topic', durable: true, internal: true }, ['type', "'topic'", "'direct'"]],
    ['durable second', {}, { durable: true, autoDelete: true, internal: true }, ['durable', "'true'", "'false'"]],
    ['auto-delete third', {}, { autoDelete: true, internal: true }, ['auto_delete', "'true'", "'false'"]],
  ];
  for (const [what, first, second, [argument, received, current]] of different) {
    test(
      `where one is there that differs: ${what}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const exchange = await s.exchange(channel, first.type ?? 'direct', first);
        const text = inequivalentText('exchange', argument!, exchange, received!, current!);
        await channel.expectRefusal('exchange.declare', { exchange, type: 'direct', ...second }, 406, text);
      }),
    );
  }

  const alternates: readonly (readonly [first: string | null, second: PlainValue, received: string, is: string])[] = [
    [null, 'ae', "the value 'ae' of type 'longstr'", 'none'],
    ['ae', null, 'none', "the value 'ae' of type 'longstr'"],
    ['ae', 'other', "'other'", "'ae'"],
  ];
  const alternate = (value: PlainValue): Declaration =>
    value === null ? {} : { arguments: fieldTable({ 'alternate-exchange': value }) };
  for (const [first, second, received, is] of alternates) {
    test(
      `where one is there with another alternate exchange: received ${received}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const exchange = await s.exchange(channel, 'direct', alternate(first));
        const declaration = { exchange, type: 'direct', ...alternate(second) };
        const text = inequivalentText('exchange', 'alternate-exchange', exchange, received, is);
        await channel.expectRefusal('exchange.declare', declaration, 406, text);
      }),
    );
  }

  test(
    'with an alternate exchange that is no name',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = s.name();
      const text = `PRECONDITION_FAILED - invalid type 'signedint' for arg 'alternate-exchange' in exchange '${exchange}' in vhost '/'`;
      await channel.expectRefusal('exchange.declare', { exchange, type: 'direct', ...alternate(1) }, 406, text);
    }),
  );
});

describe('declaring an exchange passively', () => {
  for (const exchange of ['nowhere', 'amq.nowhere', 'amq']) {
    test(
      `${exchange}, which is not there`,
      scenario(async (s) => {
        const channel = await s.channel();
        await channel.expectRefusal('exchange.declare', { exchange, passive: true }, 404, noExchangeText(exchange));
      }),
    );
  }

  test(
    'which is not there, without waiting',
    scenario(async (s) => {
      const channel = await s.channel();
      channel.send('exchange.declare', { exchange: 'nowhere', passive: true, noWait: true });
      await channel.expectChannelClose(404, noExchangeText('nowhere'), 'exchange.declare');
    }),
  );

  test(
    'compares nothing, not even whether the type exists',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'direct');
      const other = { type: 'unknown-type', durable: true, autoDelete: true, internal: true };
      await channel.call('exchange.declare', { exchange, passive: true, ...other });
    }),
  );
});

describe('predeclared exchanges', () => {
  for (const [exchange, type] of PREDECLARED) {
    test(
      `${exchange} is durable and of type ${type}`,
      scenario(async (s) => {
        const channel = await s.channel();
        await channel.call('exchange.declare', { exchange, type, durable: true });
        const text = inequivalentText('exchange', 'durable', exchange, "'false'", "'true'");
        await channel.expectRefusal('exchange.declare', { exchange, type }, 406, text);
      }),
    );

    test(
      `${exchange} cannot be deleted`,
      scenario(async (s) => {
        const channel = await s.channel();
        const text = `ACCESS_REFUSED - deletion of system exchange '${exchange}' in vhost '/' not allowed`;
        await channel.expectRefusal('exchange.delete', { exchange }, 403, text);
      }),
    );
  }
});
