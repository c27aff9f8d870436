const MAX_SHORT_STRING_OCTETS = 255;

/** Builds octets of unknown length, growing as needed. For everything that is not on the path of a message. */
export class OctetWriter {
  private octets: Buffer;
  private at = 0;

  constructor(capacityOctets = 256) {
    this.octets = Buffer.allocUnsafe(capacityOctets);
  }

  get length(): number {
    return this.at;
  }

  /** A copy of what was written; the writer can be reset and used again. */
  finish(): Buffer {
    return Buffer.from(this.octets.subarray(0, this.at));
  }

  reset(): this {
    this.at = 0;
    return this;
  }

  octet(value: number): this {
    const at = this.room(1);
    this.octets[at] = value;
    return this;
  }
  tag(character: string): this {
    return this.octet(character.charCodeAt(0));
  }
  short(value: number): this {
    const at = this.room(2);
    this.octets[at] = value >>> 8;
    this.octets[at + 1] = value;
    return this;
  }
  long(value: number): this {
    const at = this.room(4);
    this.octets.writeInt32BE(value | 0, at);
    return this;
  }
  longLong(value: number | bigint): this {
    const at = this.room(8);
    this.octets.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)), at);
    return this;
  }
  float(value: number): this {
    const at = this.room(4);
    this.octets.writeFloatBE(value, at);
    return this;
  }
  double(value: number): this {
    const at = this.room(8);
    this.octets.writeDoubleBE(value, at);
    return this;
  }

  /**
   * UTF-8; or an octet a character, where only that fits: such a text came from octets that are not UTF-8, which are
   * read like that (see decodeShortString).
   * @throws RangeError if the text takes more than 255 octets: callers check what peers may choose
   */
  shortString(text: string): this {
    const length = Buffer.byteLength(text);
    if (length > MAX_SHORT_STRING_OCTETS) return this.octetString(text);
    this.octet(length);
    const at = this.room(length);
    this.octets.write(text, at);
    return this;
  }

  private octetString(text: string): this {
    const octets = Buffer.from(text, 'latin1');
    if (octets.length > MAX_SHORT_STRING_OCTETS || octets.toString('latin1') !== text) {
      throw new RangeError(`a short string holds ${MAX_SHORT_STRING_OCTETS} octets, not ${Buffer.byteLength(text)}`);
    }
    return this.octet(octets.length).raw(octets);
  }

  longString(value: string | Uint8Array): this {
    const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length;
    this.long(length);
    const at = this.room(length);
    if (typeof value === 'string') this.octets.write(value, at);
    else this.octets.set(value, at);
    return this;
  }

  raw(octets: Uint8Array): this {
    const at = this.room(octets.length);
    this.octets.set(octets, at);
    return this;
  }

  /** Leaves room for a 32-bit length and returns where it is, for `fillLength` once what it counts is written. */
  reserveLength(): number {
    return this.room(4);
  }
  fillLength(lengthAt: number): void {
    this.octets.writeUInt32BE(this.at - lengthAt - 4, lengthAt);
  }

  /** Where the next `count` octets go. It may replace `octets`: look at them only afterwards. */
  private room(count: number): number {
    const start = this.at;
    const end = start + count;
    if (end > this.octets.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, this.octets.length * 2));
      larger.set(this.octets.subarray(0, start));
      this.octets = larger;
    }
    this.at = end;
    return start;
  }
}
