import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TopologyNode } from '../api/answers.ts';
import { collapse } from './collapse.ts';
import type { FlowEdge } from './flows.ts';

const queue = (name: string, rate: number): TopologyNode => ({
  id: name,
  kind: 'queue',
  vhost: '/',
  name,
  note: '',
  in: rate,
  out: 0,
  messages: 1,
});
const edge = (from: string, to: string, flow: number): FlowEdge => ({
  from,
  to,
  kind: 'binding',
  count: 1,
  rate: 0,
  keys: [to],
  flow,
});
const NODES = [queue('q10', 1), queue('q2', 100), queue('q1', 2), queue('q3', 0)];
const EDGES = [edge('x', 'q10', 1), edge('x', 'q2', 100), edge('x', 'q1', 2), edge('q3', 'q1', 5)];

test('the busiest stay, in order of their names, and one stands for the others', () => {
  const { nodes, edges } = collapse(NODES, EDGES, new Set(), 3);
  assert.deepEqual(
    nodes.map(({ id, count, in: incoming }) => [id, count, incoming]),
    [
      ['q1', 1, 2],
      ['q2', 1, 100],
      ['more queue', 2, 1],
    ],
  );
  assert.deepEqual(
    edges.map(({ from, to, flow }) => [from, to, flow]),
    [
      ['x', 'more queue', 1],
      ['x', 'q2', 100],
      ['x', 'q1', 2],
      ['more queue', 'q1', 5],
    ],
  );
});

test('edges to what is put together are one', () => {
  const { edges } = collapse(NODES, EDGES, new Set(), 1);
  assert.deepEqual(
    edges.map(({ from, to, count, flow }) => [from, to, count, flow]),
    [['x', 'more queue', 3, 103]],
  );
});

test('what is not too many, or wanted, stays as it is', () => {
  assert.equal(collapse(NODES, EDGES, new Set(), 4).nodes.length, 4);
  assert.equal(collapse(NODES, EDGES, new Set(['queue'] as const), 2).nodes.length, 4);
});
