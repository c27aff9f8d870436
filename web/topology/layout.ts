import { type LayerEdge, type LayerNode, layersOf } from './layers.ts';
import { type Link, ordered, type Slot } from './ordering.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Sizes in pixels. */
export interface Room {
  readonly width: number;
  readonly nodeHeight: number;
  /** Between columns, where there is little room: then the picture is wider than that. */
  readonly minPitch: number;
  readonly maxNodeWidth: number;
}

export interface Layout {
  /** The middle of each node's left side. */
  readonly nodes: ReadonlyMap<string, Point>;
  /** For each edge the points that it passes, between the sides of nodes that face each other. */
  readonly edges: readonly (readonly Point[])[];
  /** Where columns begin. */
  readonly columns: readonly number[];
  readonly nodeWidth: number;
  readonly width: number;
  readonly height: number;
}

const GAP = 14;
/** What an edge takes up where it passes a column. */
const PASSING_HEIGHT = 10;
const ROUNDS = 6;
/** Edges that lead back end so far below the middle of nodes: there may be one that leads from the same to the same. */
export const BACK_BELOW = 11;
/** Of the pitch: the rest is for edges. */
const NODE_SHARE = 0.7;

/** Where nodes and edges are drawn: columns from the left to the right, edges past the nodes that they do not concern. */
export function layout(nodes: readonly LayerNode[], edges: readonly LayerEdge[], room: Room): Layout {
  const layers = layersOf(nodes, edges);
  const columnCount = Math.max(0, ...layers.values()) + 1;
  const unordered: Slot[][] = Array.from({ length: columnCount }, () => []);
  for (const { id } of nodes) unordered[layers.get(id)!]!.push(id);
  const ways = edges.map((edge, i) => wayOf(edge, layers, i));
  for (const { slots, column } of ways) {
    for (let k = 1; k < slots.length - 1; k++) unordered[column + k]!.push(slots[k]!);
  }
  const links = ways.flatMap(({ slots }) => {
    const isWithinColumn = layers.get(slots[0]!) === layers.get(slots.at(-1)!);
    return isWithinColumn ? [] : slots.slice(1).map((slot, k): Link => [slots[k]!, slot]);
  });
  const heightOf = (slot: Slot) => (layers.has(slot) ? room.nodeHeight : PASSING_HEIGHT);
  const columns = ordered(unordered, links);
  const ys = heights(columns, links, heightOf);
  const pitch = Math.max(room.minPitch, room.width / columnCount);
  const nodeWidth = Math.min(room.maxNodeWidth, pitch * NODE_SHARE);
  // The last column ends where the room does.
  const step = columnCount > 1 ? (Math.max(room.width, pitch * columnCount) - nodeWidth) / (columnCount - 1) : 0;
  const columnOf = new Map(columns.flatMap((column, i) => column.map((slot) => [slot, i] as const)));
  const placed = (slot: Slot): Point => ({ x: columnOf.get(slot)! * step, y: ys.get(slot)! });
  return {
    nodes: new Map(nodes.map(({ id }) => [id, placed(id)])),
    edges: ways.map((way) => pointsOn(way, placed, nodeWidth)),
    columns: columns.map((_column, i) => i * step),
    nodeWidth,
    width: step * (columnCount - 1) + nodeWidth,
    height: Math.max(0, ...[...ys].map(([slot, y]) => y + heightOf(slot) / 2)),
  };
}

/** What an edge passes, from the left to the right, whichever way it leads. */
interface Way {
  /** Its ends, with a place of its own in each column between them. */
  readonly slots: readonly Slot[];
  /** Of the first of them. */
  readonly column: number;
  readonly leadsBack: boolean;
}

function wayOf({ from, to }: LayerEdge, layers: ReadonlyMap<string, number>, edge: number): Way {
  const leadsBack = layers.get(to)! < layers.get(from)!;
  const [left, right] = leadsBack ? [to, from] : [from, to];
  const [first, last] = [layers.get(left)!, layers.get(right)!];
  const between = Array.from({ length: Math.max(0, last - first - 1) }, (_, i) => `edge ${edge} at ${first + 1 + i}`);
  return { slots: [left, ...between, right], column: first, leadsBack };
}

function pointsOn({ slots, leadsBack }: Way, placed: (slot: Slot) => Point, nodeWidth: number): Point[] {
  const points = slots.flatMap((slot, k) => {
    const before = placed(slot);
    const behind = { ...before, x: before.x + nodeWidth };
    if (k === 0) return [behind];
    return k === slots.length - 1 ? [before] : [before, behind];
  });
  if (!leadsBack) return points;
  const lower = ({ x, y }: Point) => ({ x, y: y + BACK_BELOW });
  return [lower(points.at(-1)!), ...points.slice(1, -1).reverse(), lower(points[0]!)];
}

/** The middles of all slots: each as near as may be to the middle of what it is linked with. */
function heights(
  columns: readonly (readonly Slot[])[],
  links: readonly Link[],
  heightOf: (slot: Slot) => number,
): Map<Slot, number> {
  const beside = new Map<Slot, Slot[]>();
  for (const [a, b] of links) {
    beside.set(a, [...(beside.get(a) ?? []), b]);
    beside.set(b, [...(beside.get(b) ?? []), a]);
  }
  const ys = new Map<Slot, number>();
  const place = (column: readonly Slot[], middles: readonly number[]) => {
    for (const [i, slot] of column.entries()) ys.set(slot, middles[i]!);
  };
  for (const column of columns) place(column, stack(column, heightOf));
  for (let round = 0; round < ROUNDS; round++) {
    for (const column of round % 2 === 0 ? columns : [...columns].reverse()) {
      const wanted = column.map((slot) => {
        const others = (beside.get(slot) ?? []).map((other) => ys.get(other)!);
        return others.length === 0 ? ys.get(slot)! : others.reduce((sum, y) => sum + y, 0) / others.length;
      });
      place(column, apart(wanted, column.map(heightOf)));
    }
  }
  const top = Math.min(...[...ys].map(([slot, y]) => y - heightOf(slot) / 2));
  return new Map([...ys].map(([slot, y]) => [slot, y - top]));
}

/** One under the other, around zero. */
function stack(column: readonly Slot[], heightOf: (slot: Slot) => number): number[] {
  const total = column.reduce((sum, slot) => sum + heightOf(slot) + GAP, -GAP);
  let top = -total / 2;
  return column.map((slot) => {
    const y = top + heightOf(slot) / 2;
    top += heightOf(slot) + GAP;
    return y;
  });
}

/** The same order, none over another: halfway between pushing all of them down and pushing all of them up. */
function apart(wanted: readonly number[], sizes: readonly number[]): number[] {
  const distance = (i: number) => (sizes[i]! + sizes[i + 1]!) / 2 + GAP;
  const down = [...wanted];
  for (let i = 1; i < down.length; i++) down[i] = Math.max(down[i]!, down[i - 1]! + distance(i - 1));
  const up = [...wanted];
  for (let i = up.length - 2; i >= 0; i--) up[i] = Math.min(up[i]!, up[i + 1]! - distance(i));
  return down.map((y, i) => (y + up[i]!) / 2);
}
