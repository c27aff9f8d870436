import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword, passwordMatches } from './password.ts';

test('a hash is made as in the example of RabbitMQ’s documentation', () => {
  assert.equal(
    hashPassword('test12', Buffer.from('908DC60A', 'hex')),
    'kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR',
  );
});

test('a password matches its own hash only', () => {
  const hash = hashPassword('pässword');
  assert.equal(passwordMatches('pässword', hash), true);
  assert.equal(passwordMatches('password', hash), false);
  assert.equal(passwordMatches('', hash), false);
});

test('the same password is salted differently each time', () => {
  assert.notEqual(hashPassword('secret'), hashPassword('secret'));
});

test('a hash that is too short, or none at all, matches nothing', () => {
  for (const hash of ['', 'AAAA', 'AAAAAAAA', 'not base64!']) assert.equal(passwordMatches('', hash), false, hash);
});

test('the hashes that RabbitMQ makes with other digests match, each with its own only', () => {
  // Exported by RabbitMQ 3.10 for a user with the password 'geheim', and one with 'alt'.
  const sha512 = 'MzSCD6w5/L164yoZftjt3gASTzzme/2L4iHSm+OH6wY7sRPotjybJXrYVFYipajZDAVGqrqOYQJ68QNuo/YLAJ456Ug=';
  const md5 = 'wKr/GZhY512iah08nUOq+qINoyk=';
  assert.equal(passwordMatches('geheim', sha512, 'rabbit_password_hashing_sha512'), true);
  assert.equal(passwordMatches('alt', sha512, 'rabbit_password_hashing_sha512'), false);
  assert.equal(passwordMatches('geheim', sha512), false);
  assert.equal(passwordMatches('alt', md5, 'rabbit_password_hashing_md5'), true);
  assert.equal(passwordMatches('alt', md5, 'rabbit_password_hashing_sha256'), false);
});
