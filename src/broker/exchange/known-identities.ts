/** What was pushed out is given back once it is so many. */
const SHRINK_FROM = 1024;

/**
 * The messages that an exchange has seen, by their identities, up to a limit: then the oldest is forgotten for each new one.
 * About a hundred octets each.
 */
export class KnownIdentities {
  private readonly limit: number;
  /** The position of each in `identities`, counted from the first one ever. */
  private readonly positions = new Map<string, number>();
  private identities: string[] = [];
  private expiries: number[] = [];
  /** Which of them survive a restart. */
  private kept: boolean[] = [];
  /** The position of the first one in the arrays. */
  private firstPosition = 0;
  /** How many at the arrays' beginning were forgotten. */
  private forgottenCount = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.positions.size;
  }

  has(identity: string, nowMs: number): boolean {
    const position = this.positions.get(identity);
    if (position === undefined) return false;
    if (this.expiries[position - this.firstPosition]! > nowMs) return true;
    this.positions.delete(identity);
    return false;
  }

  /** @param expiresMs milliseconds since 1970; infinite: not before it is the oldest of too many */
  add(identity: string, expiresMs: number): void {
    if (this.identities.length - this.forgottenCount >= this.limit) this.forgetOldest();
    this.positions.set(identity, this.firstPosition + this.identities.length);
    this.identities.push(identity);
    this.expiries.push(expiresMs);
    this.kept.push(false);
  }

  /** A known one is to survive a restart. */
  keep(identity: string): void {
    this.kept[this.positions.get(identity)! - this.firstPosition] = true;
  }

  remove(identity: string): void {
    this.positions.delete(identity);
  }

  private forgetOldest(): void {
    const at = this.forgottenCount++;
    if (this.positions.get(this.identities[at]!) === this.firstPosition + at) {
      this.positions.delete(this.identities[at]!);
    }
    if (this.forgottenCount < SHRINK_FROM || this.forgottenCount * 2 < this.identities.length) return;
    this.identities = this.identities.slice(this.forgottenCount);
    this.expiries = this.expiries.slice(this.forgottenCount);
    this.kept = this.kept.slice(this.forgottenCount);
    this.firstPosition += this.forgottenCount;
    this.forgottenCount = 0;
  }

  /** Those that survive a restart, the oldest first; what comes and goes meanwhile may be among them or not. */
  *keptOnes(): Generator<[identity: string, expiresMs: number]> {
    const end = this.firstPosition + this.identities.length;
    for (let position = this.firstPosition + this.forgottenCount; position < end; position++) {
      const at = position - this.firstPosition;
      if (at < this.forgottenCount) continue;
      const identity = this.identities[at]!;
      if (this.kept[at]! && this.positions.get(identity) === position) yield [identity, this.expiries[at]!];
    }
  }
}
