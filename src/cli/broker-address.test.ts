import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AddressFlags, AMQP, findBroker, HTTP, type Service } from './broker-address.ts';
import type { Terminal } from './terminal.ts';

type Found = readonly [href: string, user: string, password: string];

async function find(service: Service, flags: AddressFlags = {}, env: Terminal['env'] = {}): Promise<Found> {
  const terminal = { env, askSecret: () => Promise.resolve('typed') } as Partial<Terminal> as Terminal;
  const { url, user, password } = await findBroker(service, flags, terminal);
  return [`${url.protocol}//${url.host}${url.pathname}`, user, password];
}

test('without anything, it is on this machine', async () => {
  assert.deepEqual(await find(HTTP), ['http://127.0.0.1:15672/', 'guest', 'guest']);
  assert.deepEqual(await find(AMQP), ['amqp://127.0.0.1:5672', 'guest', 'guest']);
});

test('flags decide before the environment, and that before what is in the address', async () => {
  const env = { LEVERET_URL: 'http://a:1', LEVERET_USER: 'env', LEVERET_PASSWORD: 'secret' };
  assert.deepEqual(await find(HTTP, {}, env), ['http://a:1/', 'env', 'secret']);
  assert.deepEqual(await find(HTTP, { url: 'http://b:2', user: 'flag' }, env), ['http://b:2/', 'flag', 'secret']);
  assert.deepEqual(await find(HTTP, { url: 'http://c:3', password: 'p' }, env), ['http://c:3/', 'env', 'p']);
  assert.deepEqual(await find(HTTP, { url: 'http://me:my%20own@d' }, env), ['http://d:15672/', 'me', 'my own']);
  assert.deepEqual(await find(HTTP, { user: 'else' }), ['http://127.0.0.1:15672/', 'else', 'typed']);
});

test('ports are those of the protocol unless they are given', async () => {
  assert.deepEqual((await find(HTTP, { url: 'http://a' }))[0], 'http://a:15672/');
  assert.deepEqual((await find(HTTP, { url: 'http://a:80/proxied/' }))[0], 'http://a/proxied/');
  assert.deepEqual((await find(HTTP, { url: 'https://a' }))[0], 'https://a/');
  assert.deepEqual((await find(AMQP, { url: 'amqp://[::1]/orders' }))[0], 'amqp://[::1]:5672/orders');
  assert.deepEqual((await find(AMQP, { url: 'amqps://a' }))[0], 'amqps://a');
});

test('AMQP is looked for where the API is, unless its address is given', async () => {
  const env = { LEVERET_URL: 'https://broker:8443' };
  assert.deepEqual((await find(AMQP, {}, env))[0], 'amqp://broker:5672');
  assert.deepEqual((await find(AMQP, {}, { ...env, LEVERET_AMQP_URL: 'amqp://b:7' }))[0], 'amqp://b:7');
});
