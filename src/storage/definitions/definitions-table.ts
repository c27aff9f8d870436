import { parseJson, stringifyJson } from '../../json/exact-json.ts';
import type { Change, DefinitionKey, Json } from './definition-line.ts';

/** Something defined. */
export interface Definition<Value = Json> {
  readonly key: DefinitionKey;
  readonly value: Value;
}

/** What is defined after some changes. */
export class DefinitionsTable {
  /** By kind, and by the key as JSON: the change that defined it, as JSON. */
  private readonly kinds = new Map<string, Map<string, string>>();
  /** The length of all these. */
  liveOctets = 0;

  apply(change: Change): void {
    const [action, kind, key] = change;
    const definitions = this.kinds.get(kind) ?? new Map<string, string>();
    this.kinds.set(kind, definitions);
    const name = JSON.stringify(key);
    this.liveOctets -= definitions.get(name)?.length ?? 0;
    if (action === 'remove') {
      definitions.delete(name);
      return;
    }
    const text = stringifyJson(change);
    definitions.set(name, text);
    this.liveOctets += text.length;
  }

  /** Applies the lines of a definitions log, but for its title. */
  applyLines(texts: readonly string[]): void {
    for (const text of texts.slice(1)) for (const change of parseJson(text) as Change[]) this.apply(change);
  }

  /** All definitions of the kind, the oldest first; `Value` is what was put for it, which nothing checks again. */
  *definitions<Value = Json>(kind: string): Generator<Definition<Value>> {
    for (const text of this.kinds.get(kind)?.values() ?? []) {
      const [, , key, value] = parseJson(text) as readonly [
        action: 'put',
        kind: string,
        key: DefinitionKey,
        value: Value,
      ];
      yield { key, value };
    }
  }

  /** How many there are of each kind. */
  get counts(): ReadonlyMap<string, number> {
    return new Map([...this.kinds].map(([kind, definitions]) => [kind, definitions.size]));
  }

  /** The changes that lead to the same, as JSON. */
  get changes(): readonly string[] {
    return [...this.kinds.values()].flatMap((definitions) => [...definitions.values()]);
  }
}
