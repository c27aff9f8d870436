import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Graph, type GraphNode, type NodeKind } from './graph.ts';
import { type Selection, selectGraph } from './select.ts';

const LETTERS: Readonly<Record<string, NodeKind>> = { p: 'producer', x: 'exchange', q: 'queue', c: 'consumer' };

/** Nodes such as `q1:5`, with their traffic, and edges such as `x1>q1`, or `q1!x2` for dead letters. */
function graphOf(nodes: string, edges: string): Graph {
  const graph = new Graph();
  const named = new Map<string, GraphNode>();
  for (const text of nodes.split(' ')) {
    const [name, rate = 0] = text.split(':') as [string, string?];
    const facts = {
      vhost: '/',
      name,
      messages: 0,
      note: '',
      isPredeclared: name.startsWith('xamq'),
      isConnected: false,
    };
    named.set(name, graph.addNode({ ...facts, kind: LETTERS[name[0]!]!, in: Number(rate), out: 0 }));
  }
  for (const text of edges.split(' ').filter((each) => each !== '')) {
    const [from, to] = text.split(/[>!]/).map((name) => named.get(name)!) as [GraphNode, GraphNode];
    graph.addEdge({ from, to, kind: text.includes('!') ? 'dead-letter' : 'binding' });
  }
  return graph;
}

async function selected(graph: Graph, selection: Partial<Selection>): Promise<string> {
  const { nodes } = await selectGraph(graph, { name: '', idle: 'yes', limit: 100, ...selection });
  return nodes.map(({ name }) => name).join(' ');
}

test('a name is shown with all that is before and behind it', async () => {
  const graph = graphOf('p1 p2 x1 x2 q1 q2 c1 c2', 'p1>x1 x1>x2 x2>q1 q1>c1 p2>x2 x1>q2 q2>c2');
  assert.equal(await selected(graph, { name: 'Q1' }), 'p1 p2 x1 x2 q1 c1');
  assert.equal(await selected(graph, { name: 'c2' }), 'p1 x1 q2 c2');
  assert.equal(await selected(graph, { name: 'nobody' }), '');
});

test('what is idle is left out, but not exchanges that messages pass uncounted', async () => {
  const graph = graphOf(
    'p1:5 p2 x1:5 passed dead q1:5 q2 c1 c2'.replace('passed dead', 'xp xd'),
    'p1>x1 x1>xp xp>q1 xd>q1 x1>q2 q1>c1 q2>c2',
  );
  assert.equal(await selected(graph, { idle: 'no' }), 'p1 x1 xp q1 c1');
  assert.equal(await selected(graph, { idle: 'auto' }), 'p1 p2 x1 xp xd q1 q2 c1 c2');
  assert.equal((await selectGraph(graph, { name: '', idle: 'no', limit: 9 })).idleCount, 4);
});

test('dead letters lead on to what a name is connected with, and make nothing busy that is idle', async () => {
  const graph = graphOf('p1:5 x1:5 x2 q1:5 q2', 'p1>x1 x1>q1 q1!x2 x2>q2 x2>q1 q2!x1');
  assert.equal(await selected(graph, { name: 'x2' }), 'p1 x1 x2 q1 q2');
  assert.equal(await selected(graph, { idle: 'no' }), 'p1 x1 q1');
});

test('exchanges that are always there are left out while nobody uses them', async () => {
  assert.equal(await selected(graphOf('xamq.a xamq.b xamq.c:1 q1', 'xamq.b>q1'), {}), 'xamq.b xamq.c q1');
});

test('of too many, the busiest are shown, with the edges between them', async () => {
  const { nodes, edges, surplusCount } = await selectGraph(graphOf('x1:1 q1:1 q2:3 q3:2', 'x1>q1 x1>q2'), {
    name: '',
    idle: 'yes',
    limit: 2,
  });
  assert.deepEqual(nodes.map(({ name }) => name).sort(), ['q2', 'q3', 'x1']);
  assert.deepEqual(
    edges.map(({ to }) => to.name),
    ['q2'],
  );
  assert.equal(surplusCount, 1);
});
