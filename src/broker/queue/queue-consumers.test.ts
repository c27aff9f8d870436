import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Consumer } from '../consumer.ts';
import { consumerOptions, FakeOutlet, NO_QUEUE } from './consumer.test.helper.ts';
import { QueueConsumers } from './queue-consumers.ts';

function consumer(tag: string, priority = 0, outlet = new FakeOutlet()): Consumer {
  return new Consumer(NO_QUEUE, outlet, consumerOptions(tag, { priority }));
}

function turns(consumers: QueueConsumers, count: number): string {
  return Array.from({ length: count }, () => consumers.take()?.tag ?? '-').join('');
}

function queueConsumers(isSingleActive: boolean, ...members: readonly Consumer[]): QueueConsumers {
  const consumers = new QueueConsumers(isSingleActive, { consumerEntered: () => undefined });
  for (const member of members) consumers.add(member);
  return consumers;
}

describe('consumers of different priorities', () => {
  test('the highest is served first, and equals take turns', () => {
    const members = [consumer('n'), consumer('a', 5), consumer('l', -1), consumer('b', 5)];
    const consumers = queueConsumers(false, ...members);
    assert.equal(turns(consumers, 4), 'abab');
    consumers.remove(members[1]!);
    assert.equal(turns(consumers, 2), 'bb');
    consumers.remove(members[3]!);
    assert.equal(turns(consumers, 2), 'nn');
    consumers.remove(members[0]!);
    assert.equal(turns(consumers, 2), 'll');
    consumers.remove(members[2]!);
    assert.equal(turns(consumers, 1), '-');
    assert.equal(consumers.count, 0);
  });

  test('who cannot take a delivery leaves it to lower ones, until it enters again', () => {
    const outlet = new FakeOutlet();
    const high = consumer('h', 1, outlet);
    const consumers = queueConsumers(false, consumer('a'), high, consumer('b'));
    assert.equal(turns(consumers, 1), 'h');
    outlet.isOpen = false;
    assert.equal(turns(consumers, 3), 'aba');
    outlet.isOpen = true;
    consumers.enter(high);
    assert.equal(turns(consumers, 2), 'hh');
  });

  test('a priority may go with its last consumer and come again', () => {
    const high = consumer('h', 1);
    const consumers = queueConsumers(false, consumer('a'), high);
    consumers.remove(high);
    consumers.remove(high);
    consumers.add(consumer('i', 1));
    assert.equal(turns(consumers, 2), 'ii');
    assert.deepEqual(
      [...consumers].map(({ tag }) => tag),
      ['a', 'i'],
    );
  });
});

describe('a single active consumer', () => {
  test('is the first, until it is gone; then the highest priority, then the order of arrival decides', () => {
    const members = [consumer('a'), consumer('b'), consumer('h', 1), consumer('i', 1)];
    const consumers = queueConsumers(true, ...members);
    const order = [0, 2, 3, 1].map((at) => {
      const served = turns(consumers, 2);
      assert.deepEqual(
        members.filter((member) => consumers.isActive(member)),
        [members[at]],
      );
      consumers.remove(members[at]!);
      return served;
    });
    assert.deepEqual(order, ['aa', 'hh', 'ii', 'bb']);
    assert.equal(turns(consumers, 1), '-');
  });

  test('that cannot take a delivery keeps the others waiting', () => {
    const outlet = new FakeOutlet();
    const [active, waiting] = [consumer('a', 0, outlet), consumer('b')];
    const consumers = queueConsumers(true, active, waiting);
    outlet.isOpen = false;
    assert.equal(turns(consumers, 1), '-');
    consumers.enter(waiting);
    assert.equal(turns(consumers, 1), '-');
    outlet.isOpen = true;
    consumers.enter(active);
    assert.equal(turns(consumers, 2), 'aa');
  });

  test('is not another one when one that waits goes', () => {
    const [active, waiting] = [consumer('a'), consumer('b', 9)];
    const consumers = queueConsumers(true, active, waiting);
    consumers.remove(waiting);
    assert.equal(turns(consumers, 2), 'aa');
  });
});
