import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteTrace, TracedExchange } from '../api/answers.ts';
import { type Branch, type ExchangeTarget, routeTree } from './route-tree.ts';

/** A step with bindings such as `key>q:name`. */
function step(exchange: string, bindings: readonly string[], more: Partial<TracedExchange> = {}): TracedExchange {
  return {
    exchange,
    type: 'topic',
    certain: true,
    after_ms: 0,
    picks: null,
    duplicate: false,
    delay_ms: 0,
    alternate_exchange: null,
    goes_to_alternate: false,
    binding_count: bindings.length,
    bindings: bindings.map((text) => {
      const [, key, letter, destination] = /^(.*)>(.):(.*)$/.exec(text)!;
      const kind = letter === 'q' ? 'queue' : 'exchange';
      return { destination: destination!, destination_type: kind, routing_key: key!, arguments: {} };
    }),
    ...more,
  };
}

function trace(exchanges: readonly TracedExchange[], queues: readonly string[], afterMs = 0): RouteTrace {
  const traced = queues.map((name) => ({ name, outcome: 'taken' as const, certain: true, after_ms: afterMs }));
  return { routing_keys: ['k'], exchanges, queue_count: traced.length, queues: traced };
}

/** The tree in letters: keys, and what they lead to; a star marks what stands elsewhere. */
function written({ step: { exchange }, isRepeated, branches }: ExchangeTarget): string {
  return `${exchange}${isRepeated ? '*' : ''}(${branches.map(writtenBranch).join(' ')})`;
}

function writtenBranch({ bindings, by, target }: Branch): string {
  const keys = by === 'binding' ? bindings.map((binding) => binding.routing_key).join('|') : by;
  if (target.kind === 'exchange') return `${keys}:${written(target)}`;
  return `${keys}:${target.queue.name}${target.isRepeated ? '*' : ''}`;
}

test('bindings to one destination stand together, and what was reached before is not repeated', () => {
  const steps = [step('a', ['#>e:b', 'k>q:one', '*>q:one']), step('b', ['>q:one', '>e:a', '>q:two'])];
  assert.equal(written(routeTree(trace(steps, ['one', 'two']))!), 'a(#:b(:one :a*() :two) k|*:one*)');
});

test('alternate exchanges and delays lead on, too', () => {
  const steps = [
    step('a', [], { alternate_exchange: 'b', goes_to_alternate: true }),
    step('b', [], { delay_ms: 5 }),
    step('b', ['k>q:q'], { after_ms: 5 }),
  ];
  assert.equal(written(routeTree(trace(steps, ['q'], 5))!), 'a(alternate:b(delay:b(k:q)))');
});

test('a dead end has no branches', () => {
  assert.equal(written(routeTree(trace([step('a', [])], []))!), 'a()');
});
