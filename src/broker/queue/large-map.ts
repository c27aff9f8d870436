/** A Map throws when it would get more than 2^24 entries, and stops everything for long when it grows to millions. */
const PART_ENTRIES = 2 ** 20;

/** A map without a limit to its size: one Map up to a million entries, and one more for each further million. */
export class LargeMap<K, V> {
  /** Each is asked in turn: there are few. */
  private readonly parts: Map<K, V>[] = [new Map()];

  private partWith(key: K): Map<K, V> | undefined {
    for (const part of this.parts) if (part.has(key)) return part;
    return undefined;
  }

  has(key: K): boolean {
    return this.partWith(key) !== undefined;
  }

  get(key: K): V | undefined {
    return this.partWith(key)?.get(key);
  }

  set(key: K, value: V): void {
    (this.partWith(key) ?? this.partWithRoom()).set(key, value);
  }

  private partWithRoom(): Map<K, V> {
    for (const part of this.parts) if (part.size < PART_ENTRIES) return part;
    const part = new Map<K, V>();
    this.parts.push(part);
    return part;
  }

  delete(key: K): void {
    const part = this.partWith(key);
    part?.delete(key);
    if (part?.size === 0 && this.parts.length > 1) this.parts.splice(this.parts.indexOf(part), 1);
  }
}
