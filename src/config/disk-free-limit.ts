/** How much of a disk must stay free: octets, a share of the disk, or 'auto': a share within bounds. */
export type DiskFreeLimit = number | `${number}%` | 'auto';

const AUTO_PERCENT = 1;
/** Acknowledgements and definitions need some room, also on a small disk. */
const AUTO_LEAST_OCTETS = 50e6;
/** Room for a good many segments; one percent of a large disk would be far more than ever is needed. */
const AUTO_MOST_OCTETS = 1e9;

/** The limit in octets, for a disk of this size. */
export function freeLimitOctets(limit: DiskFreeLimit, diskOctets: number): number {
  if (typeof limit === 'number') return limit;
  if (limit !== 'auto') return shareOf(diskOctets, Number.parseFloat(limit));
  return Math.min(Math.max(shareOf(diskOctets, AUTO_PERCENT), AUTO_LEAST_OCTETS), AUTO_MOST_OCTETS);
}

function shareOf(octets: number, percent: number): number {
  return Math.round((octets * percent) / 100);
}
