import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { EMPTY_TABLE, fieldTable, type PlainValue } from '../../protocol/field-table.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import type { Properties } from '../../protocol/properties.ts';
import { binding, matches } from '../destination.test.helper.ts';
import { ConsistentHashIndex } from './consistent-hash-index.ts';

const RESOURCE = "exchange 'x' in vhost '/'";

function index(args: Record<string, PlainValue> = {}, queues = 10): ConsistentHashIndex {
  const made = new ConsistentHashIndex(fieldTable(args), RESOURCE);
  for (let i = 0; i < queues; i++) made.add(binding('1', EMPTY_TABLE, `queue-${i}`));
  return made;
}

/** How many queues messages with these properties reach together. */
function spread(among: ConsistentHashIndex, properties: readonly Properties[], routingKey = 'k'): number {
  return new Set(properties.flatMap((each) => matches(among, routingKey, incomingMessage({ properties: each })))).size;
}

test('a message goes to one destination, the same for equal keys', () => {
  const among = index();
  assert.equal(among.isKeyed, true);
  const message = incomingMessage();
  const reached = new Set<string>();
  for (let i = 0; i < 500; i++) {
    const [name, ...others] = matches(among, `key ${i}`, message);
    assert.deepEqual(matches(among, `key ${i}`, message), [name]);
    assert.deepEqual(others, []);
    reached.add(name!);
  }
  assert.equal(reached.size, 10);
});

describe('what is hashed instead of the key', () => {
  const values = Array.from({ length: 200 }, (_, i) => i);
  const cases: readonly (readonly [args: Record<string, PlainValue>, of: (value: number) => Properties])[] = [
    [{ 'hash-header': 'h' }, (value) => ({ headers: fieldTable({ other: 1, h: `${value}` }) })],
    [{ 'hash-header': 'h' }, (value) => ({ headers: fieldTable({ h: value }) })],
    [{ 'hash-property': 'message_id' }, (value) => ({ messageId: `${value}` })],
    [{ 'hash-property': 'correlation_id' }, (value) => ({ correlationId: `${value}` })],
    [{ 'hash-property': 'timestamp' }, (value) => ({ timestamp: value })],
  ];
  for (const [args, of] of cases) {
    test(`${JSON.stringify(args)}: ${JSON.stringify(Object.keys(of(1)))}`, () => {
      const among = index(args);
      assert.equal(among.isKeyed, false);
      assert.equal(spread(among, values.map(of)), 10);
      assert.equal(
        spread(
          among,
          values.map(() => of(1)),
        ),
        1,
      );
      assert.equal(spread(among, [{}, { appId: 'a' }, { headers: fieldTable({ b: 1 }) }]), 1, 'those without it');
    });
  }
});

test('the first binding of a destination says its weight; without it the next one does', () => {
  const among = new ConsistentHashIndex(EMPTY_TABLE, RESOURCE);
  const [first, second, other] = [binding('1'), binding('1000000'), binding('1', EMPTY_TABLE, 'other')];
  const sameQueue = { ...second, destination: first.destination };
  for (const each of [first, sameQueue, other]) among.add(each);
  const share = () => {
    const message = incomingMessage();
    return Array.from({ length: 1000 }, (_, i) => matches(among, `${i}`, message)[0]).filter((name) => name === '1');
  };
  assert.ok(share().length > 400 && share().length < 600, `${share().length}`);
  among.remove(first);
  assert.ok(share().length > 990, `${share().length}`);
  among.remove(sameQueue);
  assert.equal(share().length, 0);
  among.remove(other);
  assert.deepEqual(matches(among, 'k', incomingMessage()), []);
});

function assertRefused(action: () => unknown, text: string): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof AmqpError, `${error}`);
    assert.equal(error.replyText, `PRECONDITION_FAILED - ${text}`);
    return true;
  });
}

describe('what is refused', () => {
  const args: readonly (readonly [args: Record<string, PlainValue>, text: string])[] = [
    [{ 'hash-header': 'h', 'hash-property': 'message_id' }, 'hash-header and hash-property are mutually exclusive'],
    [{ 'hash-property': 'app_id' }, 'Unsupported property: app_id'],
    [{ 'hash-property': 1 }, `invalid type 'signedint' for arg 'hash-property' in ${RESOURCE}`],
    [{ 'hash-header': null }, `invalid type 'void' for arg 'hash-header' in ${RESOURCE}`],
  ];
  for (const [given, text] of args) {
    test(`arguments ${JSON.stringify(given)}`, () => assertRefused(() => index(given), text));
  }

  const keys: readonly (readonly [key: string, text: string])[] = [
    ['', 'The binding key must be an integer: <<>>'],
    ['many', 'The binding key must be an integer: <<"many">>'],
    ['1.5', 'The binding key must be an integer: <<"1.5">>'],
    ['0', 'The binding key must be greater than 0'],
    ['-1', 'The binding key must be greater than 0'],
  ];
  for (const [key, text] of keys)
    test(`the binding key '${key}'`, () => assertRefused(() => index().validate(key), text));
});

test('weights are whole numbers of any size', () => {
  for (const key of ['1', '+5', '007', '9'.repeat(255)]) index().validate(key);
});
