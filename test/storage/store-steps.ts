import fc from 'fast-check';

/** Something that is done with a store. Numbers that pick something are taken modulo how many there are. */
export type Step =
  | {
      readonly kind: 'publish';
      readonly sizeOctets: number;
      readonly queues: readonly number[];
      /** Consumers without acknowledgements take the message at once from so many of the queues. */
      readonly takenAtOnce: number;
      readonly isAwaited: boolean;
    }
  | { readonly kind: 'acknowledge' | 'deliver' | 'return' | 'read'; readonly pick: number }
  | { readonly kind: 'end sync'; readonly pick: number }
  | {
      readonly kind: 'transaction';
      readonly publishes: readonly { readonly sizeOctets: number; readonly queues: readonly number[] }[];
      readonly acknowledges: readonly number[];
      /** Something goes wrong before its end. */
      readonly isAbandoned: boolean;
    }
  | { readonly kind: 'turn' }
  | { readonly kind: 'write back' }
  | { readonly kind: 'sync acknowledgements' };

/** What happens to a machine between two starts of the broker. */
export interface Life {
  readonly steps: readonly Step[];
  readonly end: 'power cut' | 'kill' | 'close';
  /** Of all that chance decides in it. */
  readonly seed: number;
  /** The recovery after it is itself cut short by a crash, at this call to the disk. */
  readonly recoveryCutAt: number | undefined;
}

/** As literals are, so that a counterexample can be read. */
const PLAIN = { noNullPrototype: true };
const QUEUES = [1, 2, 3, 4, 5];

const sizeOctets = fc.oneof(
  { weight: 8, arbitrary: fc.nat(300) },
  { weight: 8, arbitrary: fc.integer({ min: 1000, max: 12_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 16_000, max: 33_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(40_000, 70_000) },
);
const queues = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...QUEUES).map((queue) => [queue]) },
  { weight: 1, arbitrary: fc.subarray(QUEUES, { minLength: 1 }) },
);
const pick = fc.nat(100_000);

const publish = fc.record(
  {
    kind: fc.constant('publish' as const),
    sizeOctets,
    queues,
    takenAtOnce: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 5 })),
    isAwaited: fc.boolean(),
  },
  PLAIN,
);
const transaction = fc.record(
  {
    kind: fc.constant('transaction' as const),
    publishes: fc.array(fc.record({ sizeOctets, queues }, PLAIN), { maxLength: 4 }),
    acknowledges: fc.array(pick, { maxLength: 4 }),
    isAbandoned: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
  },
  PLAIN,
);

function picking<K extends string>(...kinds: K[]): fc.Arbitrary<{ kind: K; pick: number }> {
  return fc.record({ kind: fc.constantFrom(...kinds), pick }, PLAIN);
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: publish },
  { weight: 8, arbitrary: picking('acknowledge') },
  { weight: 2, arbitrary: transaction },
  { weight: 3, arbitrary: picking('deliver', 'return', 'read') },
  { weight: 5, arbitrary: picking('end sync') },
  { weight: 5, arbitrary: fc.constant({ kind: 'turn' as const }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ kind: 'sync acknowledgements' as const }, { kind: 'write back' as const }),
  },
);

const life: fc.Arbitrary<Life> = fc.record(
  {
    steps: fc.array(step, { maxLength: 150, size: 'max' }),
    end: fc.constantFrom('power cut', 'power cut', 'power cut', 'kill', 'kill', 'close'),
    seed: fc.nat(),
    recoveryCutAt: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.integer({ min: 1, max: 60 })),
  },
  PLAIN,
);

/** Lives of one machine, one after the other. */
export const lives: fc.Arbitrary<Life[]> = fc.array(life, { minLength: 1, maxLength: 4, size: 'max' });
