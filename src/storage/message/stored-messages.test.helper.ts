import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bodyOf, incomingMessage, type MessageParts } from '../../protocol/message.test.helper.ts';
import { LARGE_BODY_OCTETS, Message } from '../../protocol/message.ts';
import type { MessageStore } from './message-store.ts';

const VIEW = new Message();

export function hold(store: MessageStore, parts: MessageParts): number {
  return store.keepCopy(incomingMessage(parts));
}

export function assertStored(store: MessageStore, slot: number, parts: MessageParts): void {
  const message = new Message();
  store.read(slot, message);
  assert.equal(message.slot, slot);
  assert.equal(message.exchange, parts.exchange ?? '');
  assert.equal(message.routingKey, parts.routingKey ?? '');
  assert.deepEqual(message.properties(), parts.properties ?? {});
  const body = Buffer.from(parts.body ?? '');
  assert.ok(bodyOf(message).equals(body));
  assert.equal(store.bodySize(slot), body.length);
}

/** Bodies of one octet over and over, so that a mix-up shows. */
const body = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: fc.nat(300) },
      { weight: 2, arbitrary: fc.nat(LARGE_BODY_OCTETS) },
      { weight: 1, arbitrary: fc.constantFrom(LARGE_BODY_OCTETS, LARGE_BODY_OCTETS + 1, 70_000) },
    ),
    fc.nat(255),
  )
  .map(([size, octet]) => Buffer.alloc(size, octet));

const messageParts: fc.Arbitrary<MessageParts> = fc
  .record({
    exchange: fc.constantFrom('', 'amq.direct', 'x'.repeat(255)),
    routingKey: fc.string({ maxLength: 20 }),
    properties: fc.constantFrom({}, { deliveryMode: 2 }, { contentType: 'text/plain', correlationId: '4711' }),
    body,
    layout: fc.constantFrom('framed', 'apart', 1, 3),
  })
  .map((parts) => {
    const isFramed = parts.layout === 'framed' && parts.body.length <= LARGE_BODY_OCTETS;
    return { ...parts, layout: isFramed || parts.layout !== 'framed' ? parts.layout : 'apart' } as MessageParts;
  });

export type StoreOperation =
  | { readonly kind: 'hold'; readonly parts: MessageParts }
  | { readonly kind: 'again' | 'read' | 'release'; readonly at: number };

export const storeOperation: fc.Arbitrary<StoreOperation> = fc.oneof(
  { weight: 5, arbitrary: messageParts.map((parts) => ({ kind: 'hold' as const, parts })) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('again' as const, 'read', 'release', 'release'), at: fc.nat() }),
  },
);

interface Held {
  readonly parts: MessageParts;
  readonly slot: number;
  references: number;
}

/** What a store should hold, as a list, beside the store. */
export class StoredMessages {
  private readonly store: MessageStore;
  private readonly add: (message: Message) => number;
  private readonly held: Held[] = [];

  /** @param add puts a new message into the store, and returns its slot with a reference */
  constructor(store: MessageStore, add: (message: Message) => number = (message) => store.keepCopy(message)) {
    this.store = store;
    this.add = add;
  }

  /** Does the operation on the store and on the list; `at` chooses one of the messages. */
  apply(step: StoreOperation): void {
    if (step.kind === 'hold') {
      const slot = this.add(incomingMessage(step.parts));
      this.held.push({ parts: step.parts, slot, references: 1 });
      return;
    }
    const index = step.at % Math.max(1, this.held.length);
    const entry = this.held[index];
    if (entry === undefined) return;
    const { slot } = entry;
    if (step.kind === 'again') {
      this.store.read(slot, VIEW);
      assert.equal(this.store.hold(VIEW), slot);
      entry.references++;
    } else if (step.kind === 'read') assertStored(this.store, slot, entry.parts);
    else {
      this.store.release(slot, 0);
      if (--entry.references === 0) this.held.splice(index, 1);
    }
  }

  assertAllStored(): void {
    assert.equal(this.store.messageCount, this.held.length);
    for (const { parts, slot } of this.held) assertStored(this.store, slot, parts);
  }

  /** Releases everything, and expects the store to be empty then. */
  releaseAll(): void {
    for (const { slot, references } of this.held.splice(0)) {
      for (let i = 0; i < references; i++) this.store.release(slot, 0);
    }
    assert.deepEqual([this.store.messageCount, this.store.liveOctets], [0, 0]);
  }
}
