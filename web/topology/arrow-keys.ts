import type { Point } from './layout.ts';

export type ArrowKey = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

export function isArrowKey(key: string): key is ArrowKey {
  return key === 'ArrowLeft' || key === 'ArrowRight' || key === 'ArrowUp' || key === 'ArrowDown';
}

/** What is off to the side counts as further away than it is. */
const SIDEWAYS = 3;

/** The next node in the direction of the key; undefined: there is none. */
export function nextInDirection(nodes: ReadonlyMap<string, Point>, from: string, key: ArrowKey): string | undefined {
  const start = nodes.get(from);
  if (start === undefined) return undefined;
  let [nearest, shortest]: [string | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const [id, { x, y }] of nodes) {
    const [across, down] = [x - start.x, y - start.y];
    const ahead = { ArrowLeft: -across, ArrowRight: across, ArrowUp: -down, ArrowDown: down }[key];
    const isVertical = key === 'ArrowUp' || key === 'ArrowDown';
    if (ahead <= 0 || (isVertical && across !== 0)) continue;
    const distance = ahead + SIDEWAYS * Math.abs(isVertical ? across : down);
    if (distance >= shortest) continue;
    [nearest, shortest] = [id, distance];
  }
  return nearest;
}
