import type { BegunSync, Dice, SimulatedFile } from './simulated-file.test.helper.ts';

export type Entry = SimulatedFile | SimulatedDirectory;

/** What one call did to the names: of a rename's two changes none is ever seen without the other. */
type NameChange = readonly {
  readonly directory: SimulatedDirectory;
  readonly name: string;
  readonly entry: Entry | undefined;
}[];

export class SimulatedDirectory {
  /** As programs see it. */
  readonly entries: Map<string, Entry>;
  /** As it is on disk. */
  readonly durableEntries: Map<string, Entry>;

  constructor(entries?: ReadonlyMap<string, Entry>) {
    this.entries = new Map(entries);
    this.durableEntries = new Map(entries);
  }
}

/** The names of a disk: a change of them is on disk once its directory was synced, and never before the one before it. */
export class SimulatedNames {
  readonly root: SimulatedDirectory;
  private pending: NameChange[] = [];

  constructor(root: SimulatedDirectory = new SimulatedDirectory()) {
    this.root = root;
  }

  change(...change: NameChange): void {
    for (const { directory, name, entry } of change) set(directory.entries, name, entry);
    this.pending.push(change);
  }

  beginSync(directory: SimulatedDirectory): BegunSync {
    const covered = new Set(this.uptoSync(directory));
    return {
      succeed: () => {
        const done = this.pending.filter((change) => covered.has(change));
        this.pending = this.pending.filter((change) => !covered.has(change));
        for (const { directory, name, entry } of done.flat()) set(directory.durableEntries, name, entry);
      },
      fail: () => {},
    };
  }

  /** What is found after a power cut: of each directory the first so many changes. */
  afterPowerCut(dice: Dice): SimulatedNames {
    const names = new Map<SimulatedDirectory, Map<string, Entry>>();
    const namesIn = (directory: SimulatedDirectory) => {
      const known = names.get(directory) ?? new Map(directory.durableEntries);
      names.set(directory, known);
      return known;
    };
    const ended = new Set<SimulatedDirectory>();
    for (const change of this.pending) {
      const isDone = change.every(({ directory }) => !ended.has(directory)) && dice.below(4) < 3;
      if (isDone) for (const { directory, name, entry } of change) set(namesIn(directory), name, entry);
      else for (const { directory } of change) ended.add(directory);
    }
    const found = (entry: Entry): Entry => {
      if (!(entry instanceof SimulatedDirectory)) return entry.afterPowerCut(dice);
      return new SimulatedDirectory(new Map([...namesIn(entry)].map(([name, inner]) => [name, found(inner)])));
    };
    return new SimulatedNames(found(this.root) as SimulatedDirectory);
  }

  /** What is found after the process was killed: all changes, and still no more of them on disk. */
  afterKill(): SimulatedNames {
    const copies = new Map<Entry, Entry>();
    const copyOf = (entry: Entry): Entry => {
      const known = copies.get(entry);
      if (known !== undefined) return known;
      const copy = entry instanceof SimulatedDirectory ? new SimulatedDirectory() : entry.afterKill();
      copies.set(entry, copy);
      if (entry instanceof SimulatedDirectory && copy instanceof SimulatedDirectory) {
        for (const [name, inner] of entry.entries) copy.entries.set(name, copyOf(inner));
        for (const [name, inner] of entry.durableEntries) copy.durableEntries.set(name, copyOf(inner));
      }
      return copy;
    };
    const found = new SimulatedNames(copyOf(this.root) as SimulatedDirectory);
    found.pending = this.pending.map((change) =>
      change.map(({ directory, name, entry }) => ({
        directory: copyOf(directory) as SimulatedDirectory,
        name,
        entry: entry && copyOf(entry),
      })),
    );
    return found;
  }

  /** The directory's changes, and those of others without which they would be out of order. */
  private uptoSync(directory: SimulatedDirectory): NameChange[] {
    const directories = new Set([directory]);
    const covered: NameChange[] = [];
    for (const change of this.pending.toReversed()) {
      if (!change.some((part) => directories.has(part.directory))) continue;
      covered.push(change);
      for (const part of change) directories.add(part.directory);
    }
    return covered;
  }
}

function set(entries: Map<string, Entry>, name: string, entry: Entry | undefined): void {
  if (entry === undefined) entries.delete(name);
  else entries.set(name, entry);
}
