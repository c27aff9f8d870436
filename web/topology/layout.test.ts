import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { TopologyNodeKind } from '../api/answers.ts';
import { type LayerEdge, type LayerNode, layersOf } from './layers.ts';
import { BACK_BELOW, layout, type Point, type Room } from './layout.ts';
import { crossings, ordered } from './ordering.ts';

const KINDS: Readonly<Record<string, TopologyNodeKind>> = { p: 'producer', x: 'exchange', q: 'queue', c: 'consumer' };
const ROOM: Room = { width: 1000, nodeHeight: 40, minPitch: 150, maxNodeWidth: 190 };

function nodesOf(text: string): LayerNode[] {
  return text.split(' ').map((id) => ({ id, kind: KINDS[id[0]!]! }));
}

function edgesOf(text: string): LayerEdge[] {
  return text.split(' ').map((each) => {
    const [from, to] = each.split('>') as [string, string];
    return { from, to };
  });
}

describe('columns', () => {
  const layers = (nodes: string, edges: string) => Object.fromEntries(layersOf(nodesOf(nodes), edgesOf(edges)));

  test('exchanges stand behind those that lead to them', () => {
    const found = layers('p x1 x2 x3 q c', 'p>x1 x1>x2 x2>x3 x1>x3 x3>q q>c');
    assert.deepEqual(found, { p: 0, x1: 1, x2: 2, x3: 3, q: 4, c: 5 });
  });

  test('there are none without nodes', () => {
    assert.deepEqual(layers('x q', 'x>q'), { x: 0, q: 1 });
  });

  test('a circle has an end', () => {
    const { x1, x2 } = layers('x1 x2 q', 'x1>x2 x2>x1 x2>q');
    assert.deepEqual([x1, x2].sort(), [0, 1]);
  });
});

test('links that need not cross do not', () => {
  const links = [
    ['a', 'f'],
    ['b', 'e'],
    ['c', 'd'],
  ] as const;
  const found = ordered(
    [
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
    ],
    links,
  );
  assert.equal(crossings(found, new Map(links.map(([from, to]) => [from, [to]]))), 0);
});

test('crossings are counted', () => {
  const right = new Map([
    ['a', ['d', 'c']],
    ['b', ['c']],
  ]);
  assert.equal(
    crossings(
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      right,
    ),
    1,
  );
});

test('whatever the graph, nodes do not overlap, and edges lead from node to node', () => {
  const names = ['p1', 'p2', 'x1', 'x2', 'x3', 'q1', 'q2', 'q3', 'c1', 'c2'];
  const graph = fc.tuple(
    fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }),
    fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)), { selector: String }),
  );
  fc.assert(
    fc.property(graph, ([ids, pairs]) => {
      const nodes = nodesOf(ids.join(' '));
      const edges = pairs
        .map(([from, to]) => ({ from, to }))
        .filter(({ from, to }) => ids.includes(from) && ids.includes(to) && from !== to);
      const found = layout(nodes, edges, ROOM);
      const points = nodes.map(({ id }) => found.nodes.get(id)!);
      for (const [i, a] of points.entries()) {
        assert.ok(
          a.y >= ROOM.nodeHeight / 2 - 1e-6 &&
            a.y <= found.height + 1e-6 &&
            a.x + found.nodeWidth <= found.width + 1e-6,
        );
        for (const b of points.slice(i + 1)) assert.ok(a.x !== b.x || Math.abs(a.y - b.y) >= ROOM.nodeHeight);
      }
      edges.forEach(({ from, to }, i) => {
        const [start, end] = [found.edges[i]!.at(0)!, found.edges[i]!.at(-1)!];
        const [source, target] = [found.nodes.get(from)!, found.nodes.get(to)!];
        const behind = ({ x, y }: Point) => ({ x: x + found.nodeWidth, y });
        const below = ({ x, y }: Point) => ({ x, y: y + BACK_BELOW });
        const leadsBack = target.x < source.x;
        assert.deepEqual([start, end], leadsBack ? [below(source), below(behind(target))] : [behind(source), target]);
      });
    }),
  );
});
