import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { FifoMessages } from './fifo-messages.ts';
import { PriorityMessages } from './priority-messages.ts';
import type { ReadyMessage, ReadyMessages } from './ready-messages.ts';

const LEVELS = 3;

type Step =
  | { readonly do: 'push'; readonly priority: number }
  | { readonly do: 'shift' }
  | { readonly do: 'put back'; readonly which: number }
  | { readonly do: 'take out'; readonly from: number; readonly pattern: readonly boolean[] };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('push' as const), priority: fc.nat(LEVELS - 1) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('shift' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('put back' as const), which: fc.nat() }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('take out' as const),
        from: fc.nat(5),
        pattern: fc.array(fc.boolean(), { maxLength: 12 }),
      }),
    },
  ),
  { maxLength: 120 },
);

/** Lists in parts, as those do who look at many messages. */
function listAll(messages: ReadyMessages): ReadyMessage[] {
  const all: ReadyMessage[] = [];
  for (;;) {
    const part = messages.list(all.at(-1)?.sequence ?? -1, 3);
    if (part.length === 0) return all;
    all.push(...part);
  }
}

/** Slots are given in order of arrival: so the order of delivery is that of the priorities, then that of the slots. */
function run(messages: ReadyMessages, priorityOf: (slot: number) => number, list: readonly Step[]): void {
  const expected = new Map<number, boolean>();
  const priorities = new Map<number, number>();
  const out: { slot: number; sequence: number }[] = [];
  let nextSlot = 0;
  const inOrder = () =>
    [...expected].sort(([a], [b]) => priorityOf(priorities.get(b)!) - priorityOf(priorities.get(a)!) || a - b);
  for (const step of list) {
    if (step.do === 'push') {
      priorities.set(nextSlot, step.priority);
      expected.set(nextSlot, false);
      messages.push(nextSlot++, incomingMessage({ properties: { priority: step.priority } }));
    } else if (step.do === 'shift' && messages.length > 0) {
      const sequence = messages.firstSequence;
      const slot = messages.shift();
      expected.delete(slot);
      out.push({ slot, sequence });
    } else if (step.do === 'put back' && out.length > 0) {
      const [{ slot, sequence }] = out.splice(step.which % out.length, 1) as [(typeof out)[0]];
      expected.set(slot, true);
      messages.putBack(slot, sequence);
    } else if (step.do === 'take out') {
      const taken = listAll(messages)
        .slice(step.from, step.from + step.pattern.length)
        .filter((_, i) => step.pattern[i]);
      messages.takeOut(taken);
      for (const { slot } of taken) expected.delete(slot);
    }
    assert.equal(messages.length, expected.size);
    assert.deepEqual(
      listAll(messages).map(({ slot, redelivered }) => [slot, redelivered]),
      inOrder(),
    );
  }
  for (const [slot] of inOrder()) assert.equal(messages.shift(), slot);
}

describe('whatever is taken out, the others are listed and delivered in their order', () => {
  test('in a FIFO', () => {
    fc.assert(fc.property(steps, (list) => run(new FifoMessages(), () => 0, list)));
  });

  test('with priorities', () => {
    fc.assert(fc.property(steps, (list) => run(new PriorityMessages(LEVELS - 1), (priority) => priority, list)));
  });
});
