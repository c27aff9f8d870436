import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SALT_OCTETS = 4;

/** By RabbitMQ's names, which definitions files use, what Node calls them. */
const DIGESTS = {
  rabbit_password_hashing_sha256: 'sha256',
  rabbit_password_hashing_sha512: 'sha512',
  rabbit_password_hashing_md5: 'md5',
} as const;

/** How a password was hashed. New ones are with the default; the others come with users of other brokers. */
export type HashingAlgorithm = keyof typeof DIGESTS;

export const DEFAULT_HASHING_ALGORITHM: HashingAlgorithm = 'rabbit_password_hashing_sha256';
export const HASHING_ALGORITHMS = Object.keys(DIGESTS) as readonly HashingAlgorithm[];

/** In the place of a hash: this user has no password, and can't log in with one. */
export const NO_PASSWORD_HASH = '';

/**
 * Hashes a password the way RabbitMQ's definitions files hold it: base64 of a 4-octet salt followed by
 * SHA-256(salt, password in UTF-8), or another digest.
 */
export function hashPassword(
  password: string,
  salt: Uint8Array = randomBytes(SALT_OCTETS),
  algorithm: HashingAlgorithm = DEFAULT_HASHING_ALGORITHM,
): string {
  return Buffer.concat([salt, digest(algorithm, salt, password)]).toString('base64');
}

/** Whether `password` is the one `hash` was made from. A hash that is no such thing matches nothing. */
export function passwordMatches(
  password: string,
  hash: string,
  algorithm: HashingAlgorithm = DEFAULT_HASHING_ALGORITHM,
): boolean {
  const salted = Buffer.from(hash, 'base64');
  const salt = salted.subarray(0, SALT_OCTETS);
  const expected = salted.subarray(SALT_OCTETS);
  const actual = digest(algorithm, salt, password);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function digest(algorithm: HashingAlgorithm, salt: Uint8Array, password: string): Buffer {
  return createHash(DIGESTS[algorithm]).update(salt).update(password, 'utf8').digest();
}
