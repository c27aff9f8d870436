import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Consumer } from '../consumer.ts';
import { consumerOptions, FakeOutlet, NO_QUEUE } from './consumer.test.helper.ts';
import { ConsumerRing } from './consumer-ring.ts';

function consumers(count: number): { consumer: Consumer; outlet: FakeOutlet }[] {
  return Array.from({ length: count }, (_, i) => {
    const outlet = new FakeOutlet();
    return { outlet, consumer: new Consumer(NO_QUEUE, outlet, consumerOptions(String(i))) };
  });
}

function turns(ring: ConsumerRing, count: number): string {
  return Array.from({ length: count }, () => ring.take()?.tag ?? '-').join('');
}

test('consumers take turns, and who enters comes behind all others', () => {
  const ring = new ConsumerRing();
  const [a, b, c] = consumers(3);
  assert.equal(turns(ring, 1), '-');
  ring.enter(a!.consumer);
  assert.equal(turns(ring, 2), '00');
  ring.enter(b!.consumer);
  assert.equal(turns(ring, 3), '010');
  ring.enter(c!.consumer);
  assert.equal(turns(ring, 4), '1021');
});

test('who cannot take a delivery is parked until it enters again', () => {
  const ring = new ConsumerRing();
  const [a, b] = consumers(2);
  ring.enter(a!.consumer);
  ring.enter(b!.consumer);
  a!.outlet.isOpen = false;
  assert.equal(turns(ring, 2), '11');
  assert.equal(a!.consumer.isParked, true);
  b!.outlet.isOpen = false;
  assert.equal(turns(ring, 2), '--');
  a!.outlet.isOpen = true;
  assert.equal(turns(ring, 1), '-');
  ring.enter(a!.consumer);
  assert.equal(turns(ring, 2), '00');
});

test('a consumer at its prefetch limit cannot, unless it does not acknowledge at all', () => {
  const outlet = new FakeOutlet();
  const limited = new Consumer(NO_QUEUE, outlet, consumerOptions('x', { prefetchCount: 2 }));
  const canAcceptWith = [0, 1, 2, 3].map((unacked) => {
    limited.unackedCount = unacked;
    return limited.canAccept();
  });
  assert.deepEqual(canAcceptWith, [true, true, false, false]);
  const noAck = new Consumer(NO_QUEUE, outlet, consumerOptions('x', { prefetchCount: 2, noAck: true }));
  noAck.unackedCount = 5;
  assert.equal(noAck.canAccept(), true);
});

type Step = readonly ['take' | 'enter' | 'leave' | 'open' | 'shut', number];

test('any coming and going agrees with a list that is rotated', () => {
  const step = fc.tuple(fc.constantFrom('take', 'take', 'enter', 'leave', 'open', 'shut'), fc.nat(4));
  fc.assert(
    fc.property(fc.array(step as fc.Arbitrary<Step>, { maxLength: 60 }), (steps) => {
      const ring = new ConsumerRing();
      const all = consumers(5);
      let model: number[] = [];
      for (const [kind, i] of steps) {
        const { consumer, outlet } = all[i]!;
        if (kind === 'open' || kind === 'shut') outlet.isOpen = kind === 'open';
        else if (kind === 'leave') {
          ring.leave(consumer);
          model = model.filter((other) => other !== i);
        } else if (kind === 'enter') {
          if (!consumer.isParked) continue;
          ring.enter(consumer);
          model.push(i);
        } else {
          while (model.length > 0 && !all[model[0]!]!.outlet.isOpen) model.shift();
          const turn = model.shift();
          if (turn !== undefined) model.push(turn);
          assert.equal(ring.take()?.tag, turn === undefined ? undefined : String(turn));
        }
        assert.deepEqual(
          all.map((one) => one.consumer.isParked),
          all.map((_, other) => !model.includes(other)),
        );
      }
    }),
  );
});
