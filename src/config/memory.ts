import { totalmem } from 'node:os';

/** The memory this process may use, in octets: the machine's, or less where a container is given less. */
export function availableMemoryOctets(): number {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  return constrained > 0 ? Math.min(constrained, total) : total;
}
