import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json } from '../../storage/definitions/definition-line.ts';
import { OperationError } from '../operation-error.ts';
import { Policy, type PolicyInput, type PolicyKind } from './policy.ts';

const UNKNOWN_KEYS = '[{<<"bar">>,[1,#{<<"a">> => 2}]},{<<"foo">>,1}] are not recognised policy settings';
const VALID: PolicyInput = { pattern: '^q', definition: { 'max-length': 1 } };

function assertRefused(kind: PolicyKind, input: PolicyInput, ...reasons: string[]): void {
  const message = `Validation failed\n\n${reasons.join('\n')}\n`;
  assert.throws(
    () => new Policy(kind, 'p', input),
    (error: unknown) => {
      assert.ok(error instanceof OperationError);
      assert.equal(error.message, message);
      return true;
    },
  );
}

// The texts are what RabbitMQ 3.10.8 answered to the same (rabbitmqctl set_policy, and its HTTP API).

describe('a policy', () => {
  const refused: readonly (readonly [definition: Json, reason: string])[] = [
    [{}, 'no policy provided'],
    [{ 'message-ttl': -1 }, '-1 is not a valid message TTL'],
    [{ 'message-ttl': 1.5 }, '1.5 is not a valid message TTL'],
    [{ 'message-ttl': 'a' }, '<<"a">> is not a valid message TTL'],
    [{ 'message-ttl': null }, 'null is not a valid message TTL'],
    [{ expires: 0 }, '0 is not a valid queue expiry'],
    [{ 'max-length': -1 }, '-1 is not a valid maximum length'],
    [{ 'max-length-bytes': 'a' }, '<<"a">> is not a valid maximum length in bytes'],
    [{ 'max-in-memory-length': -1 }, '-1 is not a valid maximum memory in bytes'],
    [{ overflow: 'x' }, '<<"x">> is not a valid overflow value'],
    [{ 'dead-letter-exchange': 1 }, '1 is not a valid dead letter exchange name'],
    [{ 'dead-letter-routing-key': 1 }, '1 is not a valid dead letter routing key'],
    [{ 'dead-letter-strategy': 'x' }, '<<"x">> is not a valid dead letter strategy'],
    [{ 'alternate-exchange': 1 }, '1 is not a valid alternate exchange name'],
    [{ 'delivery-limit': -1 }, '-1 is not a valid delivery limit'],
    [{ 'queue-mode': 'x' }, '<<"x">> is not a valid queue-mode value'],
    [{ 'queue-version': 3 }, '3 is not a valid queue-version value'],
    [{ 'queue-master-locator': 'x' }, '<<"x">> invalid queue-master-locator value'],
    [{ 'queue-leader-locator': 'x' }, '<<"x">> is not a valid queue leader locator value'],
    [{ 'max-priority': 1 }, '[{<<"max-priority">>,1}] are not recognised policy settings'],
    [{ 'max-length': 1, foo: 1, bar: [1, { a: 2 }] }, UNKNOWN_KEYS],
    [{ expires: -1, 'max-length': -2 }, '-1 is not a valid queue expiry'],
    [{ foo: -1, 'max-length': -1 }, '-1 is not a valid maximum length'],
    [{ 'ha-mode': 'x' }, '<<"x">> is not a valid ha-mode value'],
    [{ 'ha-mode': 'exactly' }, 'ha-mode="exactly" takes an integer, none given'],
    [{ 'ha-mode': 'nodes', 'ha-params': 2 }, 'ha-mode="nodes" takes a list, 2 given'],
    [{ 'ha-mode': 'nodes', 'ha-params': [] }, 'ha-mode="nodes" list must be non-empty'],
    [{ 'ha-mode': 'all', 'ha-params': 2 }, 'ha-mode="all" does not take parameters'],
    [{ 'ha-mode': 'all', 'ha-sync-mode': 'x' }, 'ha-sync-mode must be "manual" or "automatic", got <<"x">>'],
    [{ 'ha-params': 2 }, 'ha-mode must be specified to specify ha-params, ha-sync-mode or ha-promote-on-shutdown'],
  ];
  for (const [definition, reason] of refused) {
    test(`with ${JSON.stringify(definition)} is refused`, () =>
      assertRefused('policy', { ...VALID, definition }, reason));
  }

  test('is told everything that is wrong with it', () => {
    const reasons = [
      '-5 is not a valid queue expiry',
      "apply-to 'y' unrecognised; should be 'queues', 'exchanges' or 'all'",
      'pattern should be regular expression but is invalid: missing )',
      'priority should be a number, actually was <<"x">>',
    ];
    const input = { pattern: '(', definition: { expires: -5 }, priority: 'x', 'apply-to': 'y' };
    assertRefused('operator_policy', input, ...reasons);
    assertRefused('policy', {}, 'Key "definition" not found in p', 'Key "pattern" not found in p');
    assertRefused('policy', { ...VALID, pattern: 1 }, 'pattern should be a binary but was 1');
  });

  test('of operators limits, and does nothing else', () => {
    const limits = {
      'delivery-limit': 1,
      expires: 1,
      'max-in-memory-bytes': 0,
      'max-in-memory-length': 0,
      'max-length': 0,
      'max-length-bytes': 0,
      'message-ttl': 0,
    };
    assert.deepEqual(new Policy('operator_policy', 'p', { ...VALID, definition: limits }).definition, limits);
    const others: readonly (readonly [key: string, value: Json, term: string])[] = [
      ['overflow', 'drop-head', '<<"drop-head">>'],
      ['dead-letter-exchange', '', '<<>>'],
      ['alternate-exchange', 'x', '<<"x">>'],
      ['ha-mode', 'all', '<<"all">>'],
    ];
    for (const [key, value, term] of others) {
      const reason = `[{<<"${key}">>,${term}}] are not recognised policy settings`;
      assertRefused('operator_policy', { ...VALID, definition: { [key]: value } }, reason);
    }
  });

  test('applies to names that match, of the kind that it is for', () => {
    const policy = (applyTo: Json) => new Policy('policy', 'p', { ...VALID, 'apply-to': applyTo });
    const kinds = (applyTo: Json, name = 'q') =>
      (['exchange', 'classic', 'quorum'] as const).filter((type) => policy(applyTo).appliesTo({ name, type }));
    assert.deepEqual(kinds('all'), ['exchange', 'classic', 'quorum']);
    assert.deepEqual(kinds('all', 'other'), []);
    assert.deepEqual(kinds('exchanges'), ['exchange']);
    assert.deepEqual(kinds('queues'), ['classic', 'quorum']);
    assert.deepEqual(kinds('classic_queues'), ['classic']);
    assert.deepEqual(kinds('quorum_queues'), ['quorum']);
    assert.deepEqual(kinds('streams'), []);
  });

  const known: readonly (readonly [definition: { readonly [key: string]: Json }, types: readonly string[]])[] = [
    [{ 'max-length': 1 }, ['exchange', 'classic', 'quorum']],
    [{ 'alternate-exchange': 'x' }, ['exchange', 'classic', 'quorum']],
    [{ 'delivery-limit': 1, 'max-length': 1 }, ['exchange', 'quorum']],
    [{ 'ha-mode': 'all', 'max-length': 1 }, ['exchange', 'classic']],
    [{ 'queue-mode': 'lazy' }, ['exchange', 'classic']],
    [{ 'max-age': '1h' }, ['exchange']],
  ];
  for (const [definition, types] of known) {
    test(`with ${JSON.stringify(definition)} is for ${types.join(', ')}: those that know all of its keys`, () => {
      const policy = new Policy('policy', 'p', { ...VALID, definition });
      const kinds = (['exchange', 'classic', 'quorum'] as const).filter((type) =>
        policy.appliesTo({ name: 'q', type }),
      );
      assert.deepEqual(kinds, types);
    });
  }
});
