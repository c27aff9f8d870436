import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeContentHeader } from '#src/protocol/properties.js';
import { type Arrival, Ledger } from './ledger.ts';
import { alteration, nameOf, numberedMessage } from './numbered-message.ts';

const EXCHANGE = 'exchange';
const KEY = 'key';

function publish(ledger: Ledger, name: string, { queues = ['q'], isPersistent = true } = {}): void {
  ledger.published({ name, isPersistent, exchange: EXCHANGE, routingKey: KEY, queues });
}

function publishConfirmed(ledger: Ledger, ...names: readonly string[]): void {
  for (const name of names) {
    publish(ledger, name);
    ledger.confirmed(name);
  }
}

function arrival(name: string, isRedelivered = false): Arrival {
  return { name, exchange: EXCHANGE, routingKey: KEY, isRedelivered };
}

/** What is found in the queue after the broker has ended. */
function find(ledger: Ledger, ...names: readonly string[]): void {
  ledger.brokerEnded();
  ledger.looked(
    'q',
    names.map((name) => arrival(name)),
    true,
  );
  ledger.lookedAtAll();
}

/** Beginning with what violations are, in order. */
function assertViolations(ledger: Ledger, ...expected: readonly string[]): void {
  const found = ledger.violations.map((violation, i) => violation.slice(0, expected[i]?.length));
  assert.deepEqual(found, expected);
}

/** Has it delivered, and returns the ledger. */
function delivered(...names: readonly string[]): Ledger {
  const ledger = new Ledger();
  publishConfirmed(ledger, ...names);
  ledger.consuming('q', 'consumer', names.length);
  for (const name of names) ledger.delivered('q', arrival(name), 'consumer');
  return ledger;
}

test('what was confirmed must be there', () => {
  const ledger = new Ledger();
  publishConfirmed(ledger, 'p:1', 'p:2');
  find(ledger, 'p:1');
  assertViolations(ledger, 'lost: p:2 (persistent) in q [1: published, 1: confirmed');
});

test('what was confirmed and is there is as it should be', () => {
  const ledger = new Ledger();
  publishConfirmed(ledger, 'p:1', 'p:2', 'r:1');
  find(ledger, 'p:1', 'r:1', 'p:2');
  assertViolations(ledger);
});

test('what was not confirmed may be there or not, but stays what it is once it was seen', () => {
  const ledger = new Ledger();
  for (const name of ['p:1', 'p:2']) publish(ledger, name);
  ledger.brokerEnded();
  ledger.looked('q', [arrival('p:2')], false);
  assertViolations(ledger);
  ledger.brokerEnded();
  ledger.looked('q', [arrival('p:1')], false);
  assertViolations(ledger, 'came back: p:1', 'lost: p:2');
});

test('nothing is there twice', () => {
  const ledger = new Ledger();
  publishConfirmed(ledger, 'p:1');
  find(ledger, 'p:1', 'p:1');
  assertViolations(ledger, 'there twice: p:1');
});

test('order is kept for each publisher', () => {
  const ledger = new Ledger();
  publishConfirmed(ledger, 'p:1', 'p:2', 'p:10', 'r:1');
  find(ledger, 'p:1', 'p:10', 'r:1', 'p:2');
  assertViolations(ledger, 'out of order (after 10): p:2');
});

test('first deliveries are in order too', () => {
  const ledger = new Ledger();
  publishConfirmed(ledger, 'p:1', 'p:2');
  ledger.delivered('q', arrival('p:2'), 'consumer');
  ledger.delivered('q', arrival('p:1'), 'consumer');
  assertViolations(ledger, 'out of order (after 2): p:1');
});

test('nothing is invented, or in a queue that it was not routed to', () => {
  const ledger = new Ledger();
  publish(ledger, 'p:1', { queues: ['other'] });
  find(ledger, 'p:1', 'p:2');
  ledger.delivered('q', { ...arrival(''), name: undefined }, 'consumer');
  assertViolations(
    ledger,
    'invented: p:1 in q was published elsewhere',
    'invented: p:2 in q was never published',
    'invented: a message without a name in q',
  );
});

function lastOctetChanged(octets: Buffer): Buffer {
  const changed = Buffer.from(octets);
  if (changed.length > 0) changed[changed.length - 1]! ^= 1;
  return changed;
}

test('nothing is altered', () => {
  const ledger = new Ledger();
  publishConfirmed(ledger, 'p:1', 'p:2', 'p:3');
  ledger.delivered('q', { ...arrival('p:1'), alteration: 'body: ...' }, 'consumer');
  ledger.delivered('q', { ...arrival('p:2'), routingKey: 'lock' }, 'consumer');
  ledger.delivered('q', { ...arrival('p:3'), exchange: '' }, 'consumer');
  assertViolations(
    ledger,
    'altered (body: ...): p:1',
    "altered (from 'exchange' with key 'lock'): p:2",
    "altered (from '' with key 'key'): p:3",
  );
});

test('an altered octet of body or properties is found, and where', () => {
  for (let number = 1; number < 400; number++) {
    const { name, body, properties } = numberedMessage('p', number);
    const header = encodeContentHeader(body.length, properties);
    const content = { body, properties, header };
    assert.equal(nameOf(content), name);
    assert.equal(alteration(name, content), undefined);
    const shorter = { ...content, body: body.subarray(0, -1) };
    if (body.length > 0) assert.match(alteration(name, shorter)!, /^body: /);
    const otherBody = lastOctetChanged(body);
    if (body.length > 0) assert.match(alteration(name, { ...content, body: otherBody })!, /^body: .* at \d+$/);
    assert.match(alteration(name, { ...content, header: lastOctetChanged(header) })!, /^content header: /);
  }
});

test('what was acknowledged must not come back, if that is known to have arrived', () => {
  const ledger = delivered('p:1', 'p:2');
  for (const name of ['p:1', 'p:2']) ledger.settling('q', name);
  ledger.settlementKnown('q', 'p:1');
  ledger.brokerEnded();
  ledger.looked('q', [arrival('p:1', true), arrival('p:2', true)], true);
  assertViolations(ledger, 'came back: p:1');
});

test('what was acknowledged may be gone, whether that is known to have arrived or not', () => {
  const ledger = delivered('p:1', 'p:2');
  for (const name of ['p:1', 'p:2']) ledger.settling('q', name);
  ledger.settlementKnown('q', 'p:1');
  find(ledger);
  assertViolations(ledger);
});

test('what was taken at a look must not come back', () => {
  const ledger = new Ledger();
  publishConfirmed(ledger, 'p:1');
  find(ledger, 'p:1');
  find(ledger, 'p:1');
  assertViolations(ledger, 'came back: p:1', 'not marked redelivered: p:1');
});

test('what was received and not acknowledged is there, and marked', () => {
  const ledger = delivered('p:1', 'p:2', 'p:3');
  ledger.brokerEnded();
  ledger.looked('q', [arrival('p:1', true), arrival('p:2')], true);
  assertViolations(ledger, 'not marked redelivered: p:2', 'lost: p:3');
});

test('what was requeued is marked when it is delivered again', () => {
  const ledger = delivered('p:1');
  ledger.requeued('q', 'p:1');
  ledger.delivered('q', arrival('p:1'), 'consumer');
  assertViolations(ledger, 'not marked redelivered: p:1');
});

test('what nobody has received is not marked, but for as many as may have been on their way', () => {
  const ledger = new Ledger();
  publishConfirmed(ledger, 'p:1', 'p:2', 'p:3');
  ledger.consuming('q', 'consumer', 2);
  ledger.brokerEnded();
  ledger.looked(
    'q',
    ['p:1', 'p:2', 'p:3'].map((name) => arrival(name, true)),
    true,
  );
  assertViolations(ledger, 'marked redelivered, though it cannot have been delivered: p:3');
});

test('nothing was on its way to a consumer that ended before the broker did', () => {
  const ledger = new Ledger();
  publishConfirmed(ledger, 'p:1');
  ledger.consuming('q', 'consumer', 1);
  ledger.released('q', 'consumer');
  ledger.brokerEnded();
  ledger.looked('q', [arrival('p:1', true)], true);
  assertViolations(ledger, 'marked redelivered, though it cannot have been delivered: p:1');
});

test('what a consumer holds is not delivered again', () => {
  const ledger = delivered('p:1', 'p:2');
  ledger.delivered('q', arrival('p:1', true), 'another');
  ledger.settling('q', 'p:2');
  ledger.delivered('q', arrival('p:2', true), 'another');
  assertViolations(ledger, 'delivered while it was unacknowledged: p:1', 'delivered after it was acknowledged: p:2');
});

test('what a consumer that went held is delivered again', () => {
  const ledger = delivered('p:1');
  ledger.released('q', 'consumer');
  ledger.delivered('q', arrival('p:1', true), 'another');
  assertViolations(ledger);
});

test('transient messages are gone once the broker ends, confirmed or not', () => {
  const ledger = new Ledger();
  publish(ledger, 'p:1', { isPersistent: false });
  ledger.confirmed('p:1');
  find(ledger);
  assertViolations(ledger);
  ledger.looked('q', [arrival('p:1')], true);
  assertViolations(ledger, 'came back: p:1');
});

test('a message for several queues is in all of them or in none', () => {
  const ledger = new Ledger();
  publish(ledger, 'p:1', { queues: ['q', 'r', 's'] });
  publish(ledger, 'p:2', { queues: ['q', 'r', 's'] });
  ledger.brokerEnded();
  ledger.looked('q', [arrival('p:1'), arrival('p:2')], true);
  ledger.looked('r', [arrival('p:1'), arrival('p:2')], true);
  ledger.looked('s', [arrival('p:1')], true);
  ledger.lookedAtAll();
  assertViolations(ledger, 'done by half: p:2: p:2 is present in q, p:2 is present in r, but p:2 is absent in s');
});

/** A transaction that takes a message out of `in` and puts others into `q` and `r`; its commit has been sent. */
function transaction(): [ledger: Ledger, commitIsKnown: () => void] {
  const ledger = new Ledger();
  publish(ledger, 'p:1', { queues: ['in'] });
  ledger.confirmed('p:1');
  ledger.delivered('in', arrival('p:1'), 'consumer');
  const record = ledger.begin();
  for (const [name, queue] of [
    ['tx:1', 'q'],
    ['tx:2', 'r'],
  ] as const) {
    ledger.published({ name, isPersistent: true, exchange: EXCHANGE, routingKey: KEY, queues: [queue] }, record);
  }
  ledger.settlingIn(record, 'in', 'p:1');
  ledger.committing(record);
  return [ledger, () => ledger.committed(record)];
}

function findAll(ledger: Ledger, found: Readonly<Record<'in' | 'q' | 'r', readonly string[]>>): void {
  ledger.brokerEnded();
  for (const [queue, names] of Object.entries(found)) {
    const arrivals = names.map((name) => arrival(name, queue === 'in'));
    ledger.looked(queue, arrivals, true);
  }
  ledger.lookedAtAll();
}

test('a transaction is done or not', () => {
  const [done, undone] = [transaction()[0], transaction()[0]];
  findAll(done, { in: [], q: ['tx:1'], r: ['tx:2'] });
  findAll(undone, { in: ['p:1'], q: [], r: [] });
  assertViolations(done);
  assertViolations(undone);
});

test('a transaction is not done by half', () => {
  const halves = [
    { in: [], q: ['tx:1'], r: [] },
    { in: ['p:1'], q: ['tx:1'], r: ['tx:2'] },
    { in: [], q: [], r: [] },
  ];
  for (const half of halves) {
    const [ledger] = transaction();
    findAll(ledger, half);
    assertViolations(ledger, 'done by half: transaction 1: ');
  }
});

test('a transaction whose commit was answered is done', () => {
  const [ledger, commitIsKnown] = transaction();
  commitIsKnown();
  findAll(ledger, { in: ['p:1'], q: [], r: ['tx:2'] });
  assertViolations(ledger, 'came back: p:1', 'lost: tx:1');
});

test('a transaction that was not committed is not done', () => {
  const ledger = new Ledger();
  publishConfirmed(ledger, 'p:1');
  ledger.delivered('q', arrival('p:1'), 'consumer');
  const record = ledger.begin();
  ledger.published({ name: 'tx:1', isPersistent: true, exchange: EXCHANGE, routingKey: KEY, queues: ['q'] }, record);
  ledger.settlingIn(record, 'q', 'p:1');
  find(ledger, 'tx:1');
  assertViolations(ledger, 'came back: tx:1', 'lost: p:1');
});

test('what was in a queue when it was purged is gone once that was answered', () => {
  const [unanswered, answered] = [new Ledger(), new Ledger()];
  for (const ledger of [unanswered, answered]) {
    publishConfirmed(ledger, 'p:1', 'p:2');
    ledger.discarding('q');
    if (ledger === answered) ledger.discarded('q');
    find(ledger, 'p:2');
  }
  assertViolations(unanswered);
  assertViolations(answered, 'came back: p:2');
});

test('a queue that is there again is empty', () => {
  const ledger = new Ledger();
  publishConfirmed(ledger, 'p:1');
  ledger.queueGone('q');
  find(ledger, 'p:1');
  assertViolations(ledger, 'came back: p:1');
});

test('a queue counts what is in it', () => {
  const ledger = new Ledger();
  publishConfirmed(ledger, 'p:1', 'p:2');
  publish(ledger, 'p:3');
  ledger.brokerEnded();
  for (const count of [1, 2, 3, 4]) ledger.counted('q', count);
  assertViolations(ledger, 'q has 1 messages, and should have 2 to 3', 'q has 4 messages');
});

test('what is not promised is not asked for', () => {
  const ledger = new Ledger({ acksSurvive: false, redeliveryIsKnown: false, isAtomic: false });
  publishConfirmed(ledger, 'p:1', 'p:2');
  publish(ledger, 'p:3', { queues: ['q', 'r'] });
  ledger.consuming('q', 'consumer', 2);
  for (const name of ['p:1', 'p:2']) ledger.delivered('q', arrival(name), 'consumer');
  ledger.settling('q', 'p:1');
  ledger.settlementKnown('q', 'p:1');
  ledger.brokerEnded();
  ledger.looked('q', [arrival('p:1'), arrival('p:2'), arrival('p:3', true)], true);
  ledger.looked('r', [], true);
  ledger.lookedAtAll();
  assertViolations(ledger);
});
