import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { AllowedHosts } from './allowed-hosts.ts';

const OWN = [
  'localhost',
  'LOCALHOST:15672',
  'localhost.',
  'mq.localhost',
  '127.0.0.1:15672',
  '127.1.2.3',
  '[::1]:15672',
];
const FOREIGN = [
  'evil.example',
  'evil.example:15672',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'notlocalhost',
  '',
];

test('on loopback the broker goes by names and addresses of this machine', () => {
  const hosts = new AllowedHosts('127.0.0.1', '127.0.0.1', undefined);
  for (const host of [...OWN, '192.0.2.7', '[2001:db8::1]:80', hostname(), undefined])
    assert.ok(hosts.allows(host), host);
  for (const host of FOREIGN) assert.ok(!hosts.allows(host), host);
});

test('elsewhere it goes by any name, of which only the same are its own', () => {
  const hosts = new AllowedHosts('::', '::', undefined);
  for (const host of [...OWN, ...FOREIGN]) assert.ok(hosts.allows(host), host);
  for (const host of OWN) assert.ok(hosts.isOwn(host), host);
  for (const host of FOREIGN) assert.ok(!hosts.isOwn(host), host);
});

test('by those that are given besides its own, wherever it listens', () => {
  for (const address of ['::1', '0.0.0.0']) {
    const hosts = new AllowedHosts(address, address, 'mq.example.org, MQ2.example.org');
    for (const host of [...OWN, 'mq.example.org', 'Mq.Example.Org:443', 'mq2.example.org.'])
      assert.ok(hosts.isOwn(host), host);
    for (const host of [...FOREIGN, 'example.org', 'x.mq.example.org']) assert.ok(!hosts.allows(host), host);
  }
});

test('by any if that is given, and by the name that it was told to listen on', () => {
  assert.ok(new AllowedHosts('127.0.0.1', '127.0.0.1', '*').isOwn('evil.example'));
  const named = new AllowedHosts('127.0.1.1', 'Broker.example', undefined);
  assert.deepEqual(
    ['broker.example:1', 'evil.example'].map((host) => named.allows(host)),
    [true, false],
  );
});
