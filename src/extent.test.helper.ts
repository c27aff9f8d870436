const { SOAK } = process.env;

/** How far a test goes whose thoroughness is a matter of time: in rounds, messages or octets. */
interface Extent {
  /** Enough to find what a change breaks at once: `npm test` is to be over soon. */
  readonly usual: number;
  /** Enough to find what happens rarely: `npm run test:soak`. */
  readonly soak: number;
}

export function extent({ usual, soak }: Extent): number {
  return SOAK === undefined ? usual : soak;
}
