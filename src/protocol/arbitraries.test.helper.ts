import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { EMPTY_TABLE, type FieldTable, type FieldValue } from './field-table.ts';
import { type Domain, METHODS, type MethodArguments, type MethodName } from './methods.ts';
import type { Properties } from './properties.ts';

/** What fast-check makes tests of the wire format from: values as the decoders give them back. */

const INT32_LIMIT = 2 ** 31;
const INT64_LIMIT = 2n ** 63n;

const narrow = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

export const octets: fc.Arbitrary<Buffer> = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const uint64: fc.Arbitrary<number | bigint> = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(narrow);
const int64 = fc.bigInt({ min: -INT64_LIMIT, max: INT64_LIMIT - 1n }).map(narrow);
const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });

const SURROGATES = { first: 0xd800, count: 0x800 };
/** Any character of Unicode. (The unit 'binary' would first make a map of all of them, which takes a second.) */
const character = fc
  .nat(0x10ffff - SURROGATES.count)
  .map((n) => String.fromCodePoint(n < SURROGATES.first ? n : n + SURROGATES.count));

/** Any characters, as many as fit into a short string. */
export const shortString: fc.Arbitrary<string> = fc
  .oneof(fc.string({ maxLength: 60 }), fc.string({ unit: character, maxLength: 60 }), fc.constant('x'.repeat(255)))
  .filter((text) => Buffer.byteLength(text) <= 255);

const longString = fc.oneof(
  fc.string({ unit: character }),
  octets.filter((buffer) => !isUtf8(buffer)),
);

function typed(type: FieldValue['type'], values: fc.Arbitrary<FieldValue['value']>): fc.Arbitrary<FieldValue> {
  return values.map((value) => ({ type, value }) as FieldValue);
}

const scalar: fc.Arbitrary<FieldValue> = fc.oneof(
  typed('bool', fc.boolean()),
  typed('byte', fc.integer({ min: -128, max: 127 })),
  typed('unsignedbyte', fc.integer({ min: 0, max: 255 })),
  typed('short', fc.integer({ min: -32768, max: 32767 })),
  typed('unsignedshort', uint16),
  typed('signedint', fc.integer({ min: -INT32_LIMIT, max: INT32_LIMIT - 1 })),
  typed('unsignedint', uint32),
  typed('long', int64),
  typed('timestamp', uint64),
  typed('float', fc.float()),
  typed('double', fc.double()),
  typed('decimal', fc.record({ scale: fc.integer({ min: 0, max: 255 }), digits: uint32 }, { noNullPrototype: true })),
  typed('longstr', longString),
  typed('binary', octets),
  typed('void', fc.constant(null)),
);

const nested = fc.letrec<{ value: FieldValue; table: FieldTable }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    typed('array', fc.array(tie('value'), { maxLength: 4 })),
    typed('table', tie('table')),
  ),
  table: fc.array(fc.tuple(shortString, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
}));

export const fieldValue: fc.Arbitrary<FieldValue> = nested.value;
export const fieldTable: fc.Arbitrary<FieldTable> = nested.table;

export const properties: fc.Arbitrary<Properties> = fc.record(
  {
    contentType: shortString,
    contentEncoding: shortString,
    headers: fieldTable,
    deliveryMode: fc.integer({ min: 0, max: 255 }),
    priority: fc.integer({ min: 0, max: 255 }),
    correlationId: shortString,
    replyTo: shortString,
    expiration: shortString,
    messageId: shortString,
    timestamp: uint64,
    type: shortString,
    userId: shortString,
    appId: shortString,
    clusterId: shortString,
  },
  { requiredKeys: [], noNullPrototype: true },
);

const DOMAINS: Readonly<Partial<Record<Domain, fc.Arbitrary<unknown>>>> = {
  bit: fc.boolean(),
  octet: fc.integer({ min: 0, max: 255 }),
  short: uint16,
  long: uint32,
  longlong: uint64,
  shortstr: shortString,
  longstr: octets,
  table: fc.oneof(fieldTable, fc.constant(EMPTY_TABLE)),
};

/** Any arguments that the method can have. */
export function methodArguments<Name extends MethodName>(name: Name): fc.Arbitrary<MethodArguments<Name>> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [argument, domain] of Object.entries(METHODS[name][2]) as [string, Domain][]) {
    const values = DOMAINS[domain];
    if (values !== undefined) fields[argument] = values;
  }
  return fc.record(fields, { noNullPrototype: true }) as unknown as fc.Arbitrary<MethodArguments<Name>>;
}

export const methodNames: readonly MethodName[] = Object.keys(METHODS) as MethodName[];

/** The octets with some of them changed, taken out or put in. */
export function mutated(original: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const change = fc.record({
    kind: fc.constantFrom('change', 'remove', 'insert', 'cut'),
    at: fc.nat(),
    octet: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 127, 128, 255)),
  });
  return fc.tuple(original, fc.array(change, { minLength: 1, maxLength: 4 })).map(([buffer, changes]) => {
    let result: number[] = [...buffer];
    for (const { kind, at, octet } of changes) {
      const index = result.length === 0 ? 0 : at % result.length;
      if (kind === 'change') result[index] = octet;
      else if (kind === 'remove') result.splice(index, 1);
      else if (kind === 'insert') result.splice(index, 0, octet);
      else result = result.slice(0, index);
    }
    return Buffer.from(result);
  });
}
