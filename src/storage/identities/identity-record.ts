import { crc32 } from 'node:zlib';

/** Octets that tell a message from others. */
export const IDENTITY_OCTETS = 16;
export const IDENTITY_RECORD_OCTETS = 32;

/** That an exchange knows a message. */
export interface IdentityRecord {
  /** The exchange's number. */
  readonly owner: number;
  /** Milliseconds since 1970; infinite: for good. */
  readonly expiresMs: number;
  /** Its octets as the characters of a string. */
  readonly identity: string;
}

/** The file's first octets, as many as a record has: what the file is, and in which layout. */
export const IDENTITIES_TITLE: Buffer = Buffer.alloc(IDENTITY_RECORD_OCTETS);
IDENTITIES_TITLE.write('leveret identities 1\n', 'latin1');

const CHECKSUM_AT = 0;
const OWNER_AT = 4;
const EXPIRY_AT = 8;
const IDENTITY_AT = 16;

/**
 * Writes a record, little-endian:
 *
 *     ┌──────────┬──────────┬──────────────────────┬─────────────────┐
 *     │ CRC-32   │ owner    │ expires, ms (double) │ identity        │
 *     └──────────┴──────────┴──────────────────────┴─────────────────┘
 *     0          4          8                      16               32
 */
export function putIdentity({ owner, expiresMs, identity }: IdentityRecord, into: Buffer, at: number): void {
  into.writeUInt32LE(owner, at + OWNER_AT);
  into.writeDoubleLE(expiresMs, at + EXPIRY_AT);
  into.write(identity, at + IDENTITY_AT, 'latin1');
  into.writeUInt32LE(crc32(into.subarray(at + OWNER_AT, at + IDENTITY_RECORD_OCTETS)), at + CHECKSUM_AT);
}

/** The record there; undefined: it does not check, or ends too early. */
function identityAt(octets: Buffer, at: number): IdentityRecord | undefined {
  const end = at + IDENTITY_RECORD_OCTETS;
  if (end > octets.length) return undefined;
  if (crc32(octets.subarray(at + OWNER_AT, end)) !== octets.readUInt32LE(at + CHECKSUM_AT)) return undefined;
  const owner = octets.readUInt32LE(at + OWNER_AT);
  const expiresMs = octets.readDoubleLE(at + EXPIRY_AT);
  return { owner, expiresMs, identity: octets.toString('latin1', at + IDENTITY_AT, end) };
}

/** What the octets of such a file hold. */
export interface IdentitiesContent {
  readonly records: readonly IdentityRecord[];
  /** Where the last sound record ends: what follows was being written when the broker or the machine went down. */
  readonly soundOctets: number;
  /** Where records begin before that which do not check. */
  readonly damaged: readonly number[];
}

/** Reads what stands behind the title. Records have one size, so that a damaged one costs only itself. */
export function readIdentities(octets: Buffer): IdentitiesContent {
  const records: IdentityRecord[] = [];
  const bad: number[] = [];
  let soundOctets = IDENTITY_RECORD_OCTETS;
  for (let at = IDENTITY_RECORD_OCTETS; at < octets.length; at += IDENTITY_RECORD_OCTETS) {
    const record = identityAt(octets, at);
    if (record === undefined) {
      bad.push(at);
      continue;
    }
    records.push(record);
    soundOctets = at + IDENTITY_RECORD_OCTETS;
  }
  return { records, soundOctets, damaged: bad.filter((at) => at < soundOctets) };
}
