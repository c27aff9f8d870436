import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainListenError } from './listen-error.ts';
import { UsageError } from './usage-error.ts';

const systemError = (code: string, fields: object) => Object.assign(new Error(code), { code, ...fields });

const OPTIONS = { port: 80, managementPort: 15672 };

const EXPLAINED: readonly (readonly [code: string, message: string])[] = [
  ['EADDRINUSE', 'port 80 on 10.0.0.1 is in use; stop what listens there, or choose another with --port'],
  ['EACCES', 'port 80 on 10.0.0.1 is not permitted to this user; choose another with --port'],
  ['EADDRNOTAVAIL', 'this machine has no address 10.0.0.1; choose another with --bind'],
  ['EAFNOSUPPORT', 'this machine cannot listen on 10.0.0.1; choose another with --bind'],
];

for (const [code, message] of EXPLAINED) {
  test(`${code} is explained`, () => {
    const error = systemError(code, { syscall: 'listen', address: '10.0.0.1', port: 80 });
    assert.deepEqual(explainListenError(error, OPTIONS), new UsageError(message));
  });
}

test('the port of the management API has an option of its own', () => {
  const error = systemError('EADDRINUSE', { syscall: 'listen', address: '10.0.0.1', port: 15672 });
  const text = 'port 15672 on 10.0.0.1 is in use; stop what listens there, or choose another with --management-port';
  assert.deepEqual(explainListenError(error, OPTIONS), new UsageError(text));
});

test('a name that is no host is explained', () => {
  const error = systemError('ENOTFOUND', { syscall: 'getaddrinfo', hostname: 'nowhere' });
  assert.deepEqual(
    explainListenError(error, OPTIONS),
    new UsageError('no host goes by the name nowhere; choose another with --bind'),
  );
});

test('other errors stay what they are', () => {
  for (const error of [new Error('x'), systemError('EPERM', { syscall: 'listen' }), 'text', undefined]) {
    assert.equal(explainListenError(error, OPTIONS), error);
  }
});
