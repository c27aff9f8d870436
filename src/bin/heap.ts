import { setFlagsFromString } from 'node:v8';

/**
 * Lets the heap grow to several times what is alive before the engine marks it. Every chunk that a socket reads counts as a
 * burden on the heap, tens of thousands a second, although all of them die young: with the usual limit, some 15 % more than
 * what is alive, the engine would mark a heap of 8 MB twenty times a second, for nothing.
 */
export function letHeapGrow(): void {
  setFlagsFromString('--heap-growing-percent=500');
}
