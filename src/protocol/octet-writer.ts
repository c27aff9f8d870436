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
    this.octets[this.room(1)] = value;
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
    this.octets.writeInt32BE(value | 0, this.room(4));
    return this;
  }
  longLong(value: number | bigint): this {
    this.octets.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)), this.room(8));
    return this;
  }
  float(value: number): this {
    this.octets.writeFloatBE(value, this.room(4));
    return this;
  }
  double(value: number): this {
    this.octets.writeDoubleBE(value, this.room(8));
    return this;
  }

  /** @throws RangeError if the text takes more than 255 octets: callers check what peers may choose */
  shortString(text: string): this {
    const length = Buffer.byteLength(text);
    if (length > 255) throw new RangeError(`a short string holds 255 octets, not ${length}`);
    this.octet(length);
    this.octets.write(text, this.room(length));
    return this;
  }

  longString(value: string | Uint8Array): this {
    const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length;
    this.long(length);
    if (typeof value === 'string') this.octets.write(value, this.room(length));
    else this.octets.set(value, this.room(length));
    return this;
  }

  raw(octets: Uint8Array): this {
    this.octets.set(octets, this.room(octets.length));
    return this;
  }

  /** Leaves room for a 32-bit length and returns where it is, for `fillLength` once what it counts is written. */
  reserveLength(): number {
    return this.room(4);
  }
  fillLength(lengthAt: number): void {
    this.octets.writeUInt32BE(this.at - lengthAt - 4, lengthAt);
  }

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
