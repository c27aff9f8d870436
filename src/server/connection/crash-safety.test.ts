import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turnEnd } from 'node:timers/promises';
import type { Queue } from '../../broker/queue/queue.ts';
import { fieldTable } from '../../protocol/field-table.ts';
import { type MethodName, methodName } from '../../protocol/methods.ts';
import type { SimulatedDisk } from '../../storage/disk/simulated-disk.test.helper.ts';
import { Administration } from '../administration.ts';
import { DurableContext } from '../context/durable-context.test.helper.ts';
import type { FakeSocket } from '../socket/fake-socket.test.helper.ts';
import { connect, method, opening, publish } from './connection.test.helper.ts';

const PERSISTENT = { deliveryMode: 2 };
/** More than an output buffer, so that some of it is written before the turn ends. */
const MANY = 100;
const BODY = Buffer.alloc(2000, 'b');

/** A broker on a simulated disk, with a client whose methods are answered in some turns. */
class Broker {
  readonly durable = new DurableContext();
  readonly socket: FakeSocket;

  constructor() {
    this.socket = connect(this.durable.context);
    this.socket.receive(Buffer.concat([opening(), method(1, 'channel.open')]));
  }

  /** With durable queues, and nothing on its way to the disk. */
  static async withQueues(...queues: { queue: string; arguments?: ReturnType<typeof fieldTable> }[]): Promise<Broker> {
    const broker = new Broker();
    for (const queue of queues) broker.socket.receive(method(1, 'queue.declare', { durable: true, ...queue }));
    await broker.durable.context.commit.flushed();
    await broker.answers();
    return broker;
  }

  /** Sends, and returns the methods that are answered. */
  async send(...octets: Buffer[]): Promise<string[]> {
    this.socket.receive(Buffer.concat(octets));
    return this.answers();
  }

  async answers(): Promise<string[]> {
    for (let turn = 0; turn < 4; turn++) await turnEnd();
    return methodsIn(this.socket.take());
  }

  /** Calls back whenever octets go to the system, before they do. */
  onWrite(call: (octets: Uint8Array) => void): void {
    const { socket } = this;
    const write = socket.write.bind(socket);
    socket.write = (octets, callback) => {
      call(octets);
      return write(octets, callback);
    };
  }

  async endSyncs(): Promise<void> {
    const { disk } = this.durable;
    while (disk.heldSyncs.length > 0) {
      disk.heldSyncs[0]!.end();
      await turnEnd();
    }
  }
}

/** The names of the methods, frame by frame. */
function methodsIn(octets: Buffer): MethodName[] {
  const names: MethodName[] = [];
  for (let at = 0; at < octets.length; at += 8 + octets.readUInt32BE(at + 3)) {
    if (octets[at] === 1) names.push(methodName(octets.readUInt32BE(at + 7))!);
  }
  return names;
}

/** What a queue has after the broker was killed and started again. */
function foundOn(disk: SimulatedDisk, queue: string): Queue {
  return new DurableContext({}, disk).context.vhosts.get('/')!.queues.get(queue)!;
}

function afterKill(broker: Broker, queue: string): Queue {
  return foundOn(broker.durable.disk.afterKill(), queue);
}

/** The same after a power cut that loses all it can. */
function afterPowerCut(broker: Broker, queue: string): Queue {
  return foundOn(broker.durable.disk.afterPowerCut({ below: (limit) => limit - 1 }), queue);
}

describe('a promise is not given before the sync that it rests on has ended', () => {
  test('a confirm', async () => {
    const broker = await Broker.withQueues({ queue: 'q' });
    await broker.send(method(1, 'confirm.select'));
    await broker.durable.holdSyncs();
    const message = publish(1, 'body', { routingKey: 'q', properties: PERSISTENT });
    assert.deepEqual(await broker.send(message, message), []);
    assert.equal(afterPowerCut(broker, 'q').readyCount, 0, 'a confirm would have been a lie');
    await broker.endSyncs();
    assert.deepEqual(await broker.answers(), ['basic.ack']);
    assert.equal(afterPowerCut(broker, 'q').readyCount, 2);
  });

  test('a commit', async () => {
    const broker = await Broker.withQueues({ queue: 'q' });
    await broker.send(method(1, 'tx.select'));
    await broker.durable.holdSyncs();
    const message = publish(1, 'body', { routingKey: 'q', properties: PERSISTENT });
    assert.deepEqual(await broker.send(message, method(1, 'tx.commit')), []);
    assert.equal(afterPowerCut(broker, 'q').readyCount, 0);
    await broker.endSyncs();
    assert.deepEqual(await broker.answers(), ['tx.commit-ok']);
    assert.equal(afterPowerCut(broker, 'q').readyCount, 1);
  });

  test('the end of a message that was rejected: it is in its queue until its dead letter is on disk', async () => {
    const args = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' };
    const broker = await Broker.withQueues({ queue: 'q', arguments: fieldTable(args) }, { queue: 'dead' });
    const message = publish(1, 'body', { routingKey: 'q', properties: PERSISTENT });
    await broker.send(message, method(1, 'basic.get', { queue: 'q' }));
    await broker.durable.holdSyncs();
    await broker.send(method(2, 'channel.open'), method(2, 'queue.declare', { queue: 'another', durable: true })); // a sync begins
    await broker.send(method(1, 'basic.reject', { deliveryTag: 1 })); // its dead letter waits for the next
    const { queues } = broker.durable.context.vhosts.get('/')!;
    assert.equal(queues.get('dead')!.readyCount, 1, 'where it can be consumed at once');
    assert.deepEqual([afterKill(broker, 'q').readyCount, afterKill(broker, 'dead').readyCount], [1, 0]);
    await broker.endSyncs();
    await broker.answers();
    assert.deepEqual([afterKill(broker, 'q').readyCount, afterKill(broker, 'dead').readyCount], [0, 1]);
  });
});

describe('when octets go out, what they rest on is with the system, and survives the end of the process', () => {
  const messages = Array.from({ length: MANY }, () => publish(1, BODY, { routingKey: 'q', properties: PERSISTENT }));

  async function filled(): Promise<Broker> {
    const broker = await Broker.withQueues({ queue: 'q' });
    await broker.send(...messages);
    await broker.durable.context.commit.flushed();
    return broker;
  }

  test('a delivery that needs no acknowledgement: the message is gone', async () => {
    const broker = await filled();
    let sentOctets = 0;
    let writes = 0;
    broker.onWrite(({ length }) => {
      sentOctets += length;
      writes++;
      const left = afterKill(broker, 'q').readyCount;
      assert.ok(left <= MANY - Math.floor(sentOctets / (BODY.length + 200)), `${left} left after ${sentOctets} octets`);
    });
    await broker.send(method(1, 'basic.consume', { queue: 'q', noAck: true }));
    assert.ok(writes > 1);
    assert.equal(afterKill(broker, 'q').readyCount, 0);
  });

  test('a delivery that does: the message counts as redelivered', async () => {
    const broker = await filled();
    let sentOctets = 0;
    broker.onWrite(({ length }) => {
      sentOctets += length;
      const sentCount = Math.floor(sentOctets / (BODY.length + 200));
      const queue = afterKill(broker, 'q');
      for (let i = 0; i < sentCount; i++) assert.ok(queue.get()!.redelivered, `${i} of ${sentCount}`);
    });
    await broker.send(method(1, 'basic.consume', { queue: 'q' }));
    assert.ok(sentOctets > MANY * BODY.length);
  });

  test('an answer to what came after an acknowledgement: it has counted', async () => {
    const broker = await filled();
    await broker.send(method(1, 'basic.consume', { queue: 'q' }));
    const found: number[] = [];
    broker.onWrite(() => found.push(afterKill(broker, 'q').readyCount));
    await broker.send(method(1, 'basic.ack', { deliveryTag: MANY - 10, multiple: true }), method(1, 'basic.qos'));
    assert.deepEqual(found, [10]);
  });

  test('a move that is reported: what was moved is not in the source any more', async () => {
    const broker = await Broker.withQueues({ queue: 'q' }, { queue: 'target' });
    const message = publish(1, 'body', { routingKey: 'q', properties: PERSISTENT });
    await broker.send(message, message, message);
    await broker.durable.context.commit.flushed();
    const administration = new Administration(broker.durable.context);
    for (const left of [2, 1, 0]) {
      await administration.moveMessages('/', 'q', 'target', { limit: 1 });
      const found = broker.durable.disk.afterKill(); // in the turn of its sync
      assert.deepEqual([foundOn(found, 'q').readyCount, foundOn(found, 'target').readyCount], [left, 3 - left]);
    }
  });
});
