/** What stands in a column: a node, or a place that an edge passes on its way to a later column. */
export type Slot = string;

/** Slots of neighbouring columns that are connected. */
export type Link = readonly [left: Slot, right: Slot];

const SWEEPS = 8;

/**
 * Puts the slots of each column in an order in which links cross seldom: each goes to the middle of what it is linked with in
 * the column beside, once from the left and once from the right, again and again; the best of all orders is kept.
 *
 * @param columns the slots of each column, in the order that they have where nothing else counts
 */
export function ordered(columns: readonly (readonly Slot[])[], links: readonly Link[]): Slot[][] {
  const left = neighboursOf(links.map(([from, to]) => [to, from]));
  const right = neighboursOf(links);
  let current = columns.map((column) => [...column]);
  let best = current;
  let fewest = crossings(current, right);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    current = sweep % 2 === 0 ? swept(current, left) : swept([...current].reverse(), right).reverse();
    const count = crossings(current, right);
    if (count >= fewest) continue;
    fewest = count;
    best = current;
  }
  return best;
}

function neighboursOf(links: readonly Link[]): Map<Slot, Slot[]> {
  const neighbours = new Map<Slot, Slot[]>();
  for (const [from, to] of links) {
    const known = neighbours.get(from);
    if (known === undefined) neighbours.set(from, [to]);
    else known.push(to);
  }
  return neighbours;
}

function swept(columns: readonly (readonly Slot[])[], neighbours: ReadonlyMap<Slot, readonly Slot[]>): Slot[][] {
  const result: Slot[][] = [];
  let places = new Map<Slot, number>();
  for (const column of columns) {
    const middles = new Map(
      column.map((slot, i) => {
        const beside = (neighbours.get(slot) ?? []).map((other) => places.get(other) ?? 0);
        const middle = beside.length === 0 ? i : beside.reduce((sum, place) => sum + place, 0) / beside.length;
        return [slot, middle] as const;
      }),
    );
    const sorted = [...column].sort((a, b) => middles.get(a)! - middles.get(b)!);
    result.push(sorted);
    places = placesIn(sorted);
  }
  return result;
}

function placesIn(column: readonly Slot[]): Map<Slot, number> {
  return new Map(column.map((slot, i) => [slot, i]));
}

/** How often links cross. */
export function crossings(columns: readonly (readonly Slot[])[], right: ReadonlyMap<Slot, readonly Slot[]>): number {
  let count = 0;
  for (let i = 0; i + 1 < columns.length; i++) {
    const places = placesIn(columns[i + 1]!);
    const ends = columns[i]!.flatMap((slot) =>
      (right.get(slot) ?? []).map((other) => places.get(other) ?? 0).sort((a, b) => a - b),
    );
    count += inversions(ends);
  }
  return count;
}

/** How many pairs stand the wrong way round. */
function inversions(numbers: readonly number[]): number {
  const sorted: number[] = [];
  let count = 0;
  for (const number of numbers) {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! <= number) low = middle + 1;
      else high = middle;
    }
    count += sorted.length - low;
    sorted.splice(low, 0, number);
  }
  return count;
}
