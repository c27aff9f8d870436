import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DiskFreeLimit, freeLimitOctets } from './disk-free-limit.ts';

const GB = 1e9;

test('the limit in octets, for disks of several sizes', () => {
  const cases: readonly (readonly [DiskFreeLimit, diskOctets: number, limitOctets: number])[] = [
    [123, 10 * GB, 123],
    [0, 10 * GB, 0],
    ['2.5%', 10 * GB, 0.25 * GB],
    ['auto', GB, 50e6],
    ['auto', 10 * GB, 0.1 * GB],
    ['auto', 4000 * GB, GB],
  ];
  for (const [limit, diskOctets, expected] of cases) assert.equal(freeLimitOctets(limit, diskOctets), expected);
});
