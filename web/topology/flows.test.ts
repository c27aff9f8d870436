import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TopologyEdge, TopologyNode } from '../api/answers.ts';
import { flowEdges } from './flows.ts';

/** Nodes such as `q1:5`, with what comes in, and edges such as `x1>q1`. */
function flows(nodes: string, edges: string): string {
  const node = (text: string): TopologyNode => {
    const [id, rate = 0] = text.split(':') as [string, string?];
    const kind = id.startsWith('q') ? 'queue' : 'exchange';
    return { id, kind, vhost: '/', name: id, note: '', in: Number(rate), out: 0, messages: 0 };
  };
  const edge = (text: string): TopologyEdge => {
    const [from, to] = text.split('>') as [string, string];
    const kind = from.startsWith('q') ? 'dead-letter' : 'binding';
    const facts = { from, to, count: 1, keys: [] };
    return from.startsWith('p') ? { ...facts, kind: 'publish', rate: 7 } : { ...facts, kind, rate: 0 };
  };
  const found = flowEdges({
    nodes: nodes.split(' ').map(node),
    edges: edges.split(' ').map(edge),
    idle: 0,
    surplus: 0,
  });
  return found.map(({ from, to, flow }) => `${from}>${to}:${flow}`).join(' ');
}

test('what is counted is taken as it is', () => {
  assert.equal(flows('x1:7', 'p1>x1'), 'p1>x1:7');
});

test('what comes to a queue is shared out by what its exchanges have', () => {
  assert.equal(flows('x1:30 x2:10 q1:20', 'x1>q1 x2>q1'), 'x1>q1:15 x2>q1:5');
  assert.equal(flows('x1:0 x2:0 q1:20', 'x1>q1 x2>q1'), 'x1>q1:10 x2>q1:10');
});

test('what passes an exchange uncounted is known by what comes out', () => {
  assert.equal(flows('x1:50 x2:0 q1:20 q2:5', 'x1>x2 x2>q1 x2>q2'), 'x1>x2:20 x2>q1:20 x2>q2:5');
});

test('what an exchange gets as dead letters goes on from there, whichever queue they are from', () => {
  assert.equal(flows('x1:9 x2:4 q1:9 q2:4', 'x1>q1 q1>x2 x2>q2'), 'x1>q1:9 q1>x2:0 x2>q2:4');
});

test('circles end', () => {
  assert.equal(flows('x1:10 x2:0 q1:10', 'x1>x2 x2>x1 x2>q1'), 'x1>x2:10 x2>x1:0 x2>q1:10');
});
