import assert from 'node:assert/strict';
import type { Message } from '#src/protocol/message.js';
import { bodyOf, incomingMessage, type MessageParts } from '#src/protocol/message.test.helper.js';

/** What has become of a message in one of its queues, as far as the broker knows. */
export type Fate = 'there' | 'acknowledged' | 'gone';

/** A message that was published, and what is known of it. */
export class ModelMessage {
  readonly number: number;
  readonly parts: MessageParts;
  readonly fates: Map<number, Fate>;
  /** How often it came back to its queues. */
  readonly returnCounts = new Map<number, number>();
  /** Set if it was published in a transaction. */
  readonly transaction: ModelTransaction | undefined;
  /** Its commit was reported, or it was found after a power cut: it must be there until it is acknowledged. */
  isSafe = false;

  constructor(number: number, sizeOctets: number, queues: readonly number[], transaction?: ModelTransaction) {
    this.number = number;
    this.fates = new Map(queues.map((queue) => [queue, 'there']));
    this.transaction = transaction;
    this.parts = partsOf(number, sizeOctets);
    transaction?.published.push(this);
  }

  /** The queues in which it has this fate. */
  queuesOf(fate: Fate): number[] {
    return [...this.fates].filter(([, found]) => found === fate).map(([queue]) => queue);
  }

  /** The message as a publisher sends it. */
  incoming(): Message {
    return incomingMessage(this.parts);
  }

  assertEquals(found: Message): void {
    const { exchange, routingKey, properties, body } = this.parts;
    assert.equal(found.exchange, exchange);
    assert.equal(found.routingKey, routingKey);
    assert.deepEqual(found.properties(), properties);
    assert.ok(bodyOf(found).equals(body as Buffer), `body of ${routingKey}`);
  }
}

/** A transaction: everything in it happens, or nothing. */
export class ModelTransaction {
  readonly published: ModelMessage[] = [];
  readonly acknowledged: { readonly message: ModelMessage; readonly queue: number }[] = [];
  isEnded = false;
  /** Not known to be undone. */
  hasHappened = true;
  /** Its commit was reported, or it was found after a power cut. */
  isSafe = false;
}

const LAYOUTS = ['framed', 'apart', 3] as const;

function partsOf(number: number, sizeOctets: number): MessageParts {
  const layout = sizeOctets > 16 * 1024 ? LAYOUTS[1 + (number % 2)]! : LAYOUTS[number % LAYOUTS.length]!;
  return {
    exchange: number % 3 === 0 ? 'amq.direct' : '',
    routingKey: String(number),
    properties: number % 2 === 0 ? { deliveryMode: 2 } : { deliveryMode: 2, correlationId: `${number}` },
    body: Buffer.alloc(sizeOctets, `${number}·`),
    layout,
  };
}

/** What was found in the queues after a restart: the messages' numbers, in order. */
export type FoundQueues = ReadonlyMap<number, readonly number[]>;

/** All that was published and acknowledged, over many crashes. */
export class MessageModel {
  readonly messages: ModelMessage[] = [];
  private transactions: ModelTransaction[] = [];

  publish(sizeOctets: number, queues: readonly number[], transaction?: ModelTransaction): ModelMessage {
    const message = new ModelMessage(this.messages.length, sizeOctets, queues, transaction);
    this.messages.push(message);
    return message;
  }

  begin(): ModelTransaction {
    const transaction = new ModelTransaction();
    this.transactions.push(transaction);
    return transaction;
  }

  /** Checks what was found after a restart, and takes it over. */
  restarted(found: FoundQueues, isPowerCut: boolean): void {
    const present = this.presenceIn(found);
    // The latest first: it may have acknowledged what an earlier one has published.
    for (const transaction of this.transactions.toReversed()) this.checkTransaction(transaction, present, isPowerCut);
    for (const message of this.messages) this.checkMessage(message, present, isPowerCut);
    this.transactions = this.transactions.filter(({ hasHappened }) => hasHappened);
  }

  private presenceIn(found: FoundQueues): Set<string> {
    const present = new Set<string>();
    for (const [queue, numbers] of found) {
      let last = -1;
      for (const number of numbers) {
        assert.ok(number > last, `queue ${queue} has ${number} behind ${last}`);
        last = number;
        const fate = this.messages[number]?.fates.get(queue);
        assert.ok(fate !== undefined, `message ${number} was never in queue ${queue}`);
        assert.notEqual(fate, 'gone', `message ${number} is back in queue ${queue}, although it was not there before`);
        present.add(copyOf(number, queue));
      }
    }
    return present;
  }

  /** Decides by what was found whether it has happened, and sees to it that nothing speaks for the contrary. */
  private checkTransaction(transaction: ModelTransaction, present: ReadonlySet<string>, isPowerCut: boolean): void {
    const { published, acknowledged } = transaction;
    const forIt: string[] = transaction.isSafe ? ['its commit was reported'] : [];
    const againstIt: string[] = transaction.isEnded ? [] : ['it never came to its end'];
    for (const { number, fates } of published) {
      for (const [queue, fate] of fates) {
        const isPresent = present.has(copyOf(number, queue));
        if (fate === 'there')
          (isPresent ? forIt : againstIt).push(`${number} is ${isPresent ? '' : 'not '}in ${queue}`);
      }
    }
    for (const { message, queue } of acknowledged) {
      const isPresent = present.has(copyOf(message.number, queue));
      if (isPresent) againstIt.push(`${message.number} is back in ${queue}`);
      else if (message.isSafe || message.transaction?.isSafe)
        forIt.push(`${message.number} is acknowledged in ${queue}`);
    }
    assert.ok(
      forIt.length === 0 || againstIt.length === 0,
      `half a transaction: ${[...forIt, ...againstIt].join(', ')}`,
    );
    if (forIt.length > 0 && isPowerCut) transaction.isSafe = true;
    if (againstIt.length > 0) {
      for (const { message, queue } of acknowledged) message.fates.set(queue, 'there');
      for (const { fates } of published) for (const queue of fates.keys()) fates.set(queue, 'gone');
      transaction.hasHappened = false;
    } else {
      for (const { message, queue } of acknowledged) message.fates.set(queue, 'acknowledged');
    }
  }

  private checkMessage(message: ModelMessage, present: ReadonlySet<string>, isPowerCut: boolean): void {
    const { number, fates } = message;
    const there = message.queuesOf('there');
    const missing = there.filter((queue) => !present.has(copyOf(number, queue)));
    const isInTransaction = message.transaction?.isSafe === true;
    assert.ok(missing.length === 0 || !(message.isSafe || isInTransaction), `message ${number} is lost in ${missing}`);
    const back = message.queuesOf('acknowledged').filter((queue) => present.has(copyOf(number, queue)));
    assert.ok(
      missing.length === 0 || missing.length === there.length,
      `message ${number} is lost in ${missing} of ${there}`,
    );
    assert.ok(missing.length === 0 || back.length === 0, `message ${number} is in ${back} and not in ${missing}`);
    for (const queue of back) fates.set(queue, 'there');
    if (missing.length > 0) for (const queue of fates.keys()) fates.set(queue, 'gone');
    else if (isPowerCut && [...fates.values()].includes('there')) message.isSafe = true;
  }
}

function copyOf(number: number, queue: number): string {
  return `${number} in ${queue}`;
}
