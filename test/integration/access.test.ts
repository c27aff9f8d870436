import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { type Broker, startBroker } from 'leveret';
import { amqpClient } from '../support/clients/amqp-client.ts';
import { amqplib } from '../support/clients/amqplib.ts';
import { LIBRARIES } from '../support/clients/libraries.ts';

const LOGIN_REFUSED =
  /ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN\. For details see the broker logfile\./;

/** Only ever what is needed: who sells may publish orders, who packs may consume them, and who manages sets it all up. */
const OPTIONS = {
  port: 0,
  vhosts: ['/', 'shop', 'empty'],
  users: [
    { name: 'manager', password: 'm' },
    {
      name: 'seller',
      password: 's',
      permissions: { shop: { configure: '', write: '^(orders|amq\\.default)$', read: '' } },
    },
    { name: 'packer', password: 'p@/:', permissions: { shop: { configure: '', write: '', read: '^orders$' } } },
  ],
} as const;

describe('users and virtual hosts from the options', () => {
  let broker: Broker;
  before(async () => {
    broker = await startBroker(OPTIONS);
  });
  after(() => broker.close());

  const address = (user: string, password: string, vhost: string): string => {
    const url = new URL(broker.url);
    url.username = user;
    url.password = encodeURIComponent(password);
    url.pathname = `/${encodeURIComponent(vhost)}`;
    return url.href;
  };

  for (const library of LIBRARIES) {
    test(`everybody does what they may, and nothing else (${library.name})`, async () => {
      await using managing = await library.connect(address('manager', 'm', 'shop'));
      await using selling = await library.connect(address('seller', 's', 'shop'));
      await using packing = await library.connect(address('packer', 'p@/:', 'shop'));
      const manager = await managing.channel();
      await manager.declareQueue('orders');
      await manager.declareQueue('payments');

      const seller = await selling.confirmChannel();
      await seller.publish('', 'orders', Buffer.from('one shoe'));
      await assert.rejects(seller.get('orders'), /ACCESS_REFUSED - access to queue 'orders' in vhost 'shop' refused/);
      const another = await selling.confirmChannel();
      await assert.rejects(
        another.publish('amq.topic', 'orders', Buffer.from('')),
        /ACCESS_REFUSED - access to exchange 'amq\.topic' in vhost 'shop' refused for user 'seller'/,
      );

      const packer = await packing.channel();
      assert.equal((await packer.get('orders'))?.body.toString(), 'one shoe');
      await assert.rejects(
        packer.get('payments'),
        /ACCESS_REFUSED - access to queue 'payments' in vhost 'shop' refused for user 'packer'/,
      );
      const third = await packing.channel();
      await assert.rejects(
        third.declareQueue('mine'),
        /ACCESS_REFUSED - access to queue 'mine' in vhost 'shop' refused for user 'packer'/,
      );
      await manager.deleteQueue('orders');
    });
  }

  test('virtual hosts have nothing in common', async () => {
    await using connection = await amqplib.connect(address('manager', 'm', 'shop'));
    await using elsewhere = await amqplib.connect(address('manager', 'm', 'empty'));
    await (await connection.channel()).declareQueue('here');
    await assert.rejects(
      (await elsewhere.channel()).declareQueue('here', { passive: true }),
      /NOT_FOUND - no queue 'here' in vhost 'empty'/,
    );
  });

  const refused: readonly (readonly [what: string, text: RegExp, login: readonly [string, string, string]])[] = [
    ['a wrong password', LOGIN_REFUSED, ['manager', 'x', 'shop']],
    ['an unknown user', LOGIN_REFUSED, ['guest', 'guest', '/']],
    ['a virtual host that is not there', /NOT_ALLOWED - vhost nowhere not found/, ['manager', 'm', 'nowhere']],
    [
      'a virtual host without permissions',
      /NOT_ALLOWED - access to vhost '\/' refused for user 'seller'/,
      ['seller', 's', '/'],
    ],
  ];
  for (const [what, text, login] of refused) {
    test(`${what} is refused`, async () => {
      await assert.rejects(amqpClient.connect(address(...login)), text);
    });
  }
});

test('guest logs in from this machine only', async (t) => {
  const addresses = Object.values(networkInterfaces()).flatMap((known) => known ?? []);
  const outside = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  if (outside === undefined) return t.skip('there is no network');
  await using broker = await startBroker({ port: 0, bind: '0.0.0.0' });
  await using connection = await amqplib.connect(`amqp://127.0.0.1:${broker.port}`);
  await connection.channel();
  await assert.rejects(amqplib.connect(`amqp://${outside}:${broker.port}`), LOGIN_REFUSED);
});
