import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskReserve, RESERVE_FILE } from './disk-reserve.ts';
import { SimulatedDisk } from './simulated-disk.test.helper.ts';

const RESERVE_OCTETS = 4096;
const HALF = Buffer.alloc(RESERVE_OCTETS / 2);

function sizeOf(disk: SimulatedDisk, name: string): number {
  return disk.contents().get(`/${name}`)?.length ?? 0;
}

test('what is written with the reserve finds room on a full disk, once; then when there was room for it again', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const disk = new SimulatedDisk();
  const reserve = new DiskReserve(disk, '/', RESERVE_OCTETS);
  const file = disk.create('/file');
  const append = () => file.write(HALF, 0, HALF.length, file.sizeOctets);
  reserve.use(append);
  assert.equal(sizeOf(disk, RESERVE_FILE), RESERVE_OCTETS);
  disk.capacityOctets = RESERVE_OCTETS + HALF.length;
  reserve.use(append);
  reserve.use(append);
  assert.throws(() => reserve.use(append), { code: 'ENOSPC' });
  assert.equal(sizeOf(disk, 'file'), 3 * HALF.length);
  t.mock.timers.tick(1000);
  assert.equal(sizeOf(disk, RESERVE_FILE), 0);
  disk.capacityOctets += RESERVE_OCTETS;
  t.mock.timers.tick(1000);
  assert.equal(sizeOf(disk, RESERVE_FILE), RESERVE_OCTETS);
  reserve.use(append);
});

test('other errors are none of its business, and do not cost it anything', () => {
  const disk = new SimulatedDisk();
  const reserve = new DiskReserve(disk, '/', RESERVE_OCTETS);
  const fail = () => disk.open('/missing');
  assert.throws(() => reserve.use(() => void fail()), { code: 'ENOENT' });
  assert.equal(sizeOf(disk, RESERVE_FILE), RESERVE_OCTETS);
});

test('it stays on disk, for the next start; a start on a full disk does without', () => {
  const disk = new SimulatedDisk();
  new DiskReserve(disk, '/', RESERVE_OCTETS).close();
  assert.equal(sizeOf(disk, RESERVE_FILE), RESERVE_OCTETS);
  disk.capacityOctets = RESERVE_OCTETS;
  const reserve = new DiskReserve(disk, '/', RESERVE_OCTETS);
  const file = disk.create('/file');
  reserve.use(() => file.write(HALF, 0, HALF.length, 0));
  reserve.close();
  const small = new SimulatedDisk();
  small.capacityOctets = 10;
  new DiskReserve(small, '/', RESERVE_OCTETS).close();
  assert.equal(sizeOf(small, RESERVE_FILE), 0);
});
