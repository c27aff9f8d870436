const WORDS = 8;
const BITS = 32;
export const OCTETS = 256;

/** A set of octets, as a bitmap. */
export class OctetSet {
  private readonly words: Uint32Array;

  private constructor(words: Uint32Array) {
    this.words = words;
  }

  static of(...octets: readonly number[]): OctetSet {
    const set = new OctetSet(new Uint32Array(WORDS));
    for (const octet of octets) set.add(octet);
    return set;
  }

  static range(first: number, last: number): OctetSet {
    const set = OctetSet.of();
    for (let octet = first; octet <= last; octet++) set.add(octet);
    return set;
  }

  /** @param characters each of one octet */
  static ofText(characters: string): OctetSet {
    return OctetSet.of(...Buffer.from(characters, 'latin1'));
  }

  static union(...sets: readonly OctetSet[]): OctetSet {
    return new OctetSet(
      Uint32Array.from({ length: WORDS }, (_, i) => sets.reduce((bits, { words }) => bits | words[i]!, 0)),
    );
  }

  static intersection(one: OctetSet, other: OctetSet): OctetSet {
    return new OctetSet(one.words.map((word, i) => word & other.words[i]!));
  }

  has(octet: number): boolean {
    return (this.words[octet >>> 5]! & (1 << (octet & (BITS - 1)))) !== 0;
  }

  /** Its only octet; undefined: it has none or several. */
  get only(): number | undefined {
    let only: number | undefined;
    for (let octet = 0; octet < OCTETS; octet++) {
      if (!this.has(octet)) continue;
      if (only !== undefined) return undefined;
      only = octet;
    }
    return only;
  }

  private add(octet: number): void {
    this.words[octet >>> 5]! |= 1 << (octet & (BITS - 1));
  }

  get inverted(): OctetSet {
    return new OctetSet(this.words.map((word) => ~word));
  }

  /** With the other case of each letter. */
  get ignoringCase(): OctetSet {
    const set = new OctetSet(this.words.slice());
    for (const upper of CAPITALS) {
      const lower = upper | CASE_BIT;
      if (this.has(upper)) set.add(lower);
      if (this.has(lower)) set.add(upper);
    }
    return set;
  }
}

const CASE_BIT = 0x20;
/** Letters as Erlang's tables have them, which are those of ISO 8859-1, though names are in UTF-8. */
const CAPITALS = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞ', 'latin1');

export const ANY = OctetSet.range(0, OCTETS - 1);
export const DIGIT = OctetSet.range(0x30, 0x39);
export const UPPER = OctetSet.of(...CAPITALS);
export const LOWER = OctetSet.union(
  OctetSet.of(...CAPITALS.map((octet) => octet | CASE_BIT)),
  OctetSet.ofText('ªµºßÿ'),
);
export const ALPHA = OctetSet.union(UPPER, LOWER);
export const ALNUM = OctetSet.union(ALPHA, DIGIT);
export const WORD = OctetSet.union(ALNUM, OctetSet.ofText('_'));
export const GRAPH = OctetSet.union(OctetSet.range(0x21, 0x7e), OctetSet.range(0xa0, 0xff));
export const PUNCT = OctetSet.intersection(GRAPH, ALNUM.inverted);
export const CONTROL = OctetSet.union(OctetSet.range(0, 0x1f), OctetSet.range(0x7f, 0x9f));
export const SPACE = OctetSet.ofText(' \t\n\v\f\r');
export const HORIZONTAL_SPACE = OctetSet.ofText(' \t\xa0');
export const VERTICAL_SPACE = OctetSet.ofText('\n\v\f\r\x85');
export const NOT_NEWLINE = OctetSet.ofText('\n').inverted;
