import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Endpoints } from './endpoints.ts';

test('a connection is named by both ends, with IPv4 addresses as they are', () => {
  const ends = new Endpoints({
    remoteAddress: '::ffff:10.0.0.7',
    remotePort: 40123,
    localAddress: '::ffff:10.0.0.1',
    localPort: 5672,
  });
  assert.equal(ends.name, '10.0.0.7:40123 -> 10.0.0.1:5672');
  assert.deepEqual(ends.peer, { address: '10.0.0.7', port: 40123 });
  assert.deepEqual(ends.local, { address: '10.0.0.1', port: 5672 });
  assert.equal(ends.isLoopback, false);
});

test('IPv6 addresses are as they are', () => {
  const ends = new Endpoints({ remoteAddress: '::1', remotePort: 1, localAddress: '::ffff:a', localPort: 2 });
  assert.equal(ends.name, '::1:1 -> ::ffff:a:2');
  assert.equal(ends.isLoopback, true);
});

test('the name stays when the socket is gone, of which nothing else is known then', () => {
  const socket: ConstructorParameters<typeof Endpoints>[0] = { remoteAddress: '10.0.0.7', remotePort: 40123 };
  const ends = new Endpoints(socket);
  const { name } = ends;
  Object.assign(socket, { remoteAddress: undefined, remotePort: undefined });
  assert.equal(ends.name, name);
  assert.deepEqual([ends.peer, ends.isLoopback], [{ address: 'unknown', port: 0 }, false]);
});
