/** Octets that one place of a pattern accepts: 1 for those that it does. */
export type OctetSet = Uint8Array;

const OCTETS = 256;
/** What tells upper from lower case, in ASCII and in the letters of Latin-1. */
const CASE_BIT = 0x20;
/** Letters of Latin-1 whose other case is not in it. */
const SINGLE_CASE = /[ªµºßÿ]/;

export function octetSet(accepts: (octet: number) => boolean): OctetSet {
  return Uint8Array.from({ length: OCTETS }, (_, octet) => Number(accepts(octet)));
}

/** What the expression accepts of the 256 characters of Latin-1. */
export function setMatching(expression: RegExp): OctetSet {
  return octetSet((octet) => expression.test(String.fromCharCode(octet)));
}

export function negated(set: OctetSet): OctetSet {
  return set.map((accepted) => 1 - accepted);
}

export function singleOctet(octet: number): OctetSet {
  return octetSet((other) => other === octet);
}

/** The set with the other case of all its letters. */
export function ignoringCase(set: OctetSet): OctetSet {
  return octetSet((octet) => set[octet] === 1 || set[otherCase(octet)] === 1);
}

/** The letter in the other case, or what was given where there is none. */
export function otherCase(octet: number): number {
  return IS_CASED[octet] === 1 ? octet ^ CASE_BIT : octet;
}

const IS_CASED = octetSet((octet) => {
  const character = String.fromCharCode(octet);
  return /\p{L}/u.test(character) && !SINGLE_CASE.test(character);
});

/** Classes by the letter of their escape; the upper case letter stands for the opposite. RabbitMQ's are those of Latin-1. */
export const ESCAPED_CLASSES: ReadonlyMap<string, OctetSet> = withOpposites([
  ['d', setMatching(/\d/)],
  ['w', setMatching(/[\p{L}\d_]/u)],
  ['s', setMatching(/[\t-\r ]/)],
  ['h', setMatching(/[\t \xa0]/)],
  ['v', setMatching(/[\n-\r\x85]/)],
]);

function withOpposites(classes: readonly (readonly [string, OctetSet])[]): ReadonlyMap<string, OctetSet> {
  return new Map(classes.flatMap(([letter, set]) => [[letter, set] as const, [letter.toUpperCase(), negated(set)]]));
}

export const ANY_OCTET: OctetSet = octetSet(() => true);
export const NOT_LINE_FEED: OctetSet = setMatching(/[^\n]/);
export const WORD_OCTETS: OctetSet = ESCAPED_CLASSES.get('w')!;

/** As in `[[:alpha:]]`. */
export const POSIX_CLASSES: ReadonlyMap<string, OctetSet> = new Map([
  ['alpha', setMatching(/\p{L}/u)],
  ['lower', setMatching(/\p{Lowercase}/u)],
  ['upper', setMatching(/\p{Uppercase}/u)],
  ['alnum', setMatching(/[\p{L}\d]/u)],
  ['ascii', setMatching(/\p{ASCII}/u)],
  ['blank', setMatching(/[\t ]/)],
  ['cntrl', setMatching(/\p{Cc}/u)],
  ['digit', setMatching(/\d/)],
  ['graph', setMatching(/[!-~\xa0-\xff]/)],
  ['print', setMatching(/[ -~\xa0-\xff]/)],
  ['punct', setMatching(/(?![\p{L}\d])[!-~\xa0-\xff]/u)],
  ['space', setMatching(/[\t-\r ]/)],
  ['word', WORD_OCTETS],
  ['xdigit', setMatching(/[\dA-Fa-f]/)],
]);

/** The set of a Unicode property such as `Lu`, undefined if there is none of the name. */
export function propertySet(name: string): OctetSet | undefined {
  if (name === 'Any') return ANY_OCTET;
  if (name === 'L&') return setMatching(/[\p{Lu}\p{Ll}\p{Lt}]/u);
  if (!/^\w+$/.test(name)) return undefined;
  const forms = /^[A-Z][a-z]?$/.test(name) ? [name] : [`Script=${name}`];
  for (const form of forms) {
    try {
      return setMatching(new RegExp(`\\p{${form}}`, 'u'));
    } catch {
      // no property of that name
    }
  }
  return undefined;
}
