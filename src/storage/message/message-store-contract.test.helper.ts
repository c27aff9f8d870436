import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { extent } from '../../extent.test.helper.ts';
import { bodyOf, incomingMessage, type MessageParts } from '../../protocol/message.test.helper.ts';
import { LARGE_BODY_OCTETS, Message } from '../../protocol/message.ts';
import type { MessageStore } from './message-store.ts';
import { assertStored, StoredMessages, type StoreOperation, storeOperation } from './stored-messages.test.helper.ts';

/** A store with nothing in it. */
export interface StoreUnderTest {
  readonly store: MessageStore;
  /** Puts a new message into the store, and returns its slot with a reference. */
  add(message: Message): number;
  /** Memory or disk that the store keeps for messages, dead ones among them. */
  readonly keptOctets: () => number;
  /** What it may keep beyond twice what is alive. */
  readonly slackOctets: number;
  /** Lets it do what it does of its own accord: syncing, compaction. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Its number of a durable queue. */
const QUEUE = 1;
const MIB = 1024 * 1024;
const BODY_SIZES = [0, 1, 4088, LARGE_BODY_OCTETS, LARGE_BODY_OCTETS + 1, 70_000, 3 * MIB + 5];
const LAYOUTS = ['framed', 'apart', 1, 3] as const;

/** What every store has to do, whatever it keeps messages in. */
export function describeMessageStore(name: string, open: () => StoreUnderTest): void {
  async function withStore(run: (opened: StoreUnderTest) => void | Promise<void>): Promise<void> {
    const opened = open();
    try {
      await run(opened);
    } finally {
      await opened.close();
    }
  }

  describe(`${name}, as a store of messages`, () => {
    test('gives back route, properties and body of messages of any size, however they came in', () =>
      withStore(givesBack));
    test('keeps a message until its last reference is gone', () => withStore(keepsUntilTheLast));
    test('has nothing left when everything is released, in whatever order', () => withStore(hasNothingLeft));
    test('leaves a view as it is until its next call', () => withStore(leavesViews));
    test('keeps what large bodies are sent from as long as it is pinned', () => withStore(keepsPinned));
    test('gives the room of dead messages back, and keeps the stragglers', () => withStore(givesRoomBack));
    test('does what a list does', () =>
      fc.assert(
        fc.asyncProperty(fc.array(contractStep, { maxLength: 200, size: 'max' }), (steps) =>
          withStore((opened) => doesAll(opened, steps)),
        ),
        { numRuns: extent({ usual: 8, soak: 200 }) },
      ));
  });
}

function add(opened: StoreUnderTest, parts: MessageParts): number {
  return opened.add(incomingMessage(parts));
}

/** Bodies that no two messages share, and no two parts of one. */
function numbered(number: number, sizeOctets: number): Buffer {
  return Buffer.alloc(sizeOctets, `${number}·`);
}

async function givesBack(opened: StoreUnderTest): Promise<void> {
  const all: { slot: number; parts: MessageParts }[] = [];
  for (const size of BODY_SIZES) {
    for (const layout of LAYOUTS) {
      if (layout === 'framed' && size > LARGE_BODY_OCTETS) continue;
      const number = all.length;
      const properties = number % 2 === 0 ? {} : { contentType: 'text/plain', correlationId: `${number}`, priority: 5 };
      const route = { exchange: number % 3 === 0 ? '' : 'x'.repeat(255), routingKey: `key.${number}` };
      const parts = { ...route, properties: { ...properties, deliveryMode: 2 }, body: numbered(number, size), layout };
      all.push({ slot: add(opened, parts), parts });
    }
  }
  assert.equal(opened.store.messageCount, all.length);
  for (const { slot, parts } of all) assertStored(opened.store, slot, parts);
  await opened.settle();
  for (const { slot, parts } of all.toReversed()) assertStored(opened.store, slot, parts);
}

function keepsUntilTheLast(opened: StoreUnderTest): void {
  const { store } = opened;
  const parts = { routingKey: 'shared', properties: { deliveryMode: 2 }, body: numbered(1, 500) };
  const slot = add(opened, parts);
  const view = new Message();
  store.read(slot, view);
  for (let i = 0; i < 3; i++) assert.equal(store.hold(view), slot);
  const { liveOctets } = store;
  for (let i = 0; i < 3; i++) {
    store.release(slot, QUEUE);
    assertStored(store, slot, parts);
    assert.deepEqual([store.messageCount, store.liveOctets], [1, liveOctets]);
  }
  store.delivered(slot, QUEUE, true);
  store.returned(slot, QUEUE);
  store.delivered(slot, QUEUE + 1, false);
  store.release(slot, QUEUE);
  assert.deepEqual([store.messageCount, store.liveOctets], [0, 0]);
}

async function hasNothingLeft(opened: StoreUnderTest): Promise<void> {
  const { store } = opened;
  const orders: ((i: number, count: number) => number)[] = [
    (i) => i,
    (i, count) => count - 1 - i,
    (i, count) => (i * 7) % count,
  ];
  for (const order of orders) {
    const sizes = [0, 100, 9000, LARGE_BODY_OCTETS + 1, 40_000];
    const slots = Array.from({ length: 50 }, (_, i) => {
      return add(opened, { properties: { deliveryMode: 2 }, body: numbered(i, sizes[i % 5]!), layout: 'apart' });
    });
    assert.ok(store.liveOctets > 10 * (100 + 9000 + LARGE_BODY_OCTETS + 40_000));
    for (const i of slots.keys()) store.release(slots[order(i, slots.length)]!, QUEUE);
    assert.deepEqual([store.messageCount, store.liveOctets], [0, 0]);
    await opened.settle();
  }
  assert.ok(opened.keptOctets() <= opened.slackOctets, `${opened.keptOctets()} octets`);
}

function leavesViews(opened: StoreUnderTest): void {
  const parts = (i: number) => ({ routingKey: `${i}`, properties: { deliveryMode: 2 }, body: numbered(i, 900) });
  const slots = Array.from({ length: 1000 }, (_, i) => add(opened, parts(i)));
  const view = new Message();
  for (const [i, slot] of slots.entries()) {
    opened.store.read(slot, view);
    const [before, key] = [bodyOf(view), view.routingKey];
    incomingMessage({ body: numbered(0, 2000) }); // what happens elsewhere meanwhile
    assert.ok(bodyOf(view).equals(before) && before.equals(parts(i).body));
    assert.equal(view.routingKey, key);
  }
}

/** A body on its way to a slow socket, while many others come and go. */
async function keepsPinned(opened: StoreUnderTest): Promise<void> {
  const { store } = opened;
  const properties = { deliveryMode: 2 };
  const bodies = [20_000, 16_000, LARGE_BODY_OCTETS + 1, 70_000].map((size, i) => numbered(i, size));
  const slots = bodies.map((body) => add(opened, { properties, body, layout: 'apart' }));
  const views: Message[] = [];
  for (const [i, body] of bodies.entries()) {
    if (body.length <= LARGE_BODY_OCTETS) continue;
    const view = new Message();
    store.read(slots[i]!, view);
    view.keeper?.pin();
    views.push(view);
  }
  const sent = () => views.map(bodyOf);
  const before = sent();
  for (const slot of slots) store.release(slot, QUEUE); // a consumer without acknowledgements
  const others: number[] = [];
  for (let i = 0; i < 300; i++) {
    others.push(add(opened, { properties, body: numbered(i, 8000) }));
    if (i % 3 > 0) store.release(others.splice((i * 7) % others.length, 1)[0]!, QUEUE);
    if (i % 50 === 0) await opened.settle();
    if (i % 50 === 0) for (const slot of others) store.read(slot, new Message());
  }
  assert.deepEqual(sent(), before);
  for (const { keeper } of views) keeper?.unpin();
  for (const slot of others) store.release(slot, QUEUE);
  await opened.settle();
  assert.ok(opened.keptOctets() <= opened.slackOctets, `${opened.keptOctets()} octets`);
}

async function givesRoomBack(opened: StoreUnderTest): Promise<void> {
  const { store } = opened;
  const parts = (i: number) => ({ routingKey: `${i}`, properties: { deliveryMode: 2 }, body: numbered(i, 2000) });
  const slots = Array.from({ length: 3000 }, (_, i) => add(opened, parts(i)));
  await opened.settle();
  for (const [i, slot] of slots.entries()) {
    if (i % 30 > 0) store.release(slot, QUEUE);
    if (i % 500 === 0) await opened.settle();
  }
  await opened.settle();
  assert.equal(store.messageCount, 100);
  const limit = 2 * store.liveOctets + opened.slackOctets;
  assert.ok(opened.keptOctets() <= limit, `${opened.keptOctets()} octets, and ${limit} at most`);
  for (const [i, slot] of slots.entries()) if (i % 30 === 0) assertStored(store, slot, parts(i));
}

const contractStep: fc.Arbitrary<StoreOperation | 'end turn' | 'settle'> = fc.oneof(
  { weight: 15, arbitrary: storeOperation },
  { weight: 1, arbitrary: fc.constantFrom('end turn' as const, 'settle') },
);

async function doesAll(
  opened: StoreUnderTest,
  steps: readonly (StoreOperation | 'end turn' | 'settle')[],
): Promise<void> {
  const messages = new StoredMessages(opened.store, (message) => opened.add(message));
  for (const step of steps) {
    if (step === 'end turn') await turn();
    else if (step === 'settle') await opened.settle();
    else messages.apply(step);
  }
  messages.assertAllStored();
  messages.releaseAll();
  await opened.settle();
  assert.ok(opened.keptOctets() <= opened.slackOctets, `${opened.keptOctets()} octets`);
}
