import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SALT_OCTETS = 4;

/**
 * Hashes a password the way RabbitMQ's definitions files hold it: base64 of a 4-octet salt followed by
 * SHA-256(salt, password in UTF-8).
 */
export function hashPassword(password: string, salt: Uint8Array = randomBytes(SALT_OCTETS)): string {
  return Buffer.concat([salt, digest(salt, password)]).toString('base64');
}

/** Whether `password` is the one `hash` was made from. A hash that is no such thing matches nothing. */
export function passwordMatches(password: string, hash: string): boolean {
  const salted = Buffer.from(hash, 'base64');
  const salt = salted.subarray(0, SALT_OCTETS);
  const expected = salted.subarray(SALT_OCTETS);
  const actual = digest(salt, password);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function digest(salt: Uint8Array, password: string): Buffer {
  return createHash('sha256').update(salt).update(password, 'utf8').digest();
}
