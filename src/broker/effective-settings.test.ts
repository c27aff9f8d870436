import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EMPTY_TABLE, fieldTable } from '../protocol/field-table.ts';
import { effectiveExchangeSettings, effectiveQueueSettings } from './effective-settings.ts';
import { applied, highestPolicy } from './policy/applied-policy.ts';
import { mergeDefinitions } from './policy/merge-definitions.ts';
import { Policy, type PolicyKind } from './policy/policy.ts';
import type { PolicyDefinition } from './policy/policy-definition.ts';
import { parseQueueArguments, type QueueSettings } from './queue/queue-settings.ts';

const LIMITS = ['delivery-limit', 'expires', 'max-length', 'max-length-bytes', 'message-ttl'] as const;
const LIMIT_SETTINGS = ['deliveryLimit', 'expiresMs', 'maxLength', 'maxLengthOctets', 'messageTtlMs'] as const;

const limit = fc.integer({ min: 1, max: 100 });
const limits = fc.record(Object.fromEntries(LIMITS.map((name) => [name, limit])), { requiredKeys: [] });
const others = fc.record(
  {
    overflow: fc.constantFrom('drop-head', 'reject-publish'),
    'dead-letter-exchange': fc.constantFrom('a', 'b'),
    'dead-letter-routing-key': fc.constantFrom('k', 'l'),
    'consumer-timeout': limit,
  },
  { requiredKeys: [] },
);
const definitions = fc.tuple(limits, others).map(([a, b]): PolicyDefinition => ({ ...a, ...b }) as PolicyDefinition);

function settings(args: PolicyDefinition, definition: PolicyDefinition): QueueSettings {
  const names = Object.entries(args).map(([name, value]) => [`x-${name}`, value as string | number] as const);
  const hasOrphan = 'dead-letter-routing-key' in args && !('dead-letter-exchange' in args);
  const table = fieldTable(Object.fromEntries(names.filter(([name]) => !hasOrphan || !name.endsWith('-key'))));
  return effectiveQueueSettings(table, parseQueueArguments(table, 'queue'), definition);
}

describe('merged definitions', () => {
  test('have the stricter limit, and otherwise what the policy says', () => {
    const policy = { 'max-length': 7, overflow: 'reject-publish', 'message-ttl': 5 };
    const operatorPolicy = { 'max-length': 50, expires: 9, 'message-ttl': 3 };
    const merged = { expires: 9, 'max-length': 7, 'message-ttl': 3, overflow: 'reject-publish' };
    assert.deepEqual(Object.entries(mergeDefinitions(policy, operatorPolicy)), Object.entries(merged));
    assert.deepEqual(mergeDefinitions(undefined, undefined), {});
  });

  test('of limits are the same whoever says what', () => {
    fc.assert(
      fc.property(limits, limits, (a, b) => {
        const [one, other] = [a, b] as [PolicyDefinition, PolicyDefinition];
        assert.deepEqual(mergeDefinitions(one, other), mergeDefinitions(other, one));
      }),
    );
  });
});

describe('effective settings', () => {
  test('are as strict as the strictest of arguments, policy and operator policy', () => {
    fc.assert(
      fc.property(definitions, definitions, limits, (args, policy, operator) => {
        const operatorPolicy = operator as PolicyDefinition;
        const effective = settings(args, mergeDefinitions(policy, operatorPolicy));
        for (const [index, name] of LIMITS.entries()) {
          const given = [args, policy, operatorPolicy].flatMap((each) => (name in each ? [Number(each[name])] : []));
          const strictest = given.length === 0 ? undefined : Math.min(...given);
          assert.equal(effective[LIMIT_SETTINGS[index]!], strictest);
        }
      }),
    );
  });

  test('are no less strict with one more limit', () => {
    fc.assert(
      fc.property(definitions, definitions, fc.constantFrom(...LIMITS), limit, (args, policy, name, value) => {
        const setting = LIMIT_SETTINGS[LIMITS.indexOf(name)]!;
        const before = settings(args, policy)[setting] ?? Number.POSITIVE_INFINITY;
        const after = settings(args, mergeDefinitions(policy, { [name]: value }))[setting]!;
        assert.ok(after <= before && after <= value);
      }),
    );
  });

  test('are what the arguments say, and what they leave open is as the policy says', () => {
    fc.assert(
      fc.property(others, others, (a, b) => {
        const [args, policy] = [a, b] as [PolicyDefinition, PolicyDefinition];
        const effective = settings(args, policy);
        const said = { ...policy, ...args };
        const { overflow = 'drop-head' } = said;
        assert.equal(effective.overflow, overflow);
        assert.equal(effective.deadLetterExchange, said['dead-letter-exchange']);
        assert.equal(effective.consumerTimeoutMs, said['consumer-timeout']);
      }),
    );
  });

  test('are those of the arguments without a policy', () => {
    fc.assert(
      fc.property(definitions, (args) => {
        const withPolicy = settings(args, {});
        assert.deepEqual(settings(args, mergeDefinitions(undefined, {})), withPolicy);
      }),
    );
    const own = parseQueueArguments(EMPTY_TABLE, 'queue');
    assert.deepEqual(effectiveQueueSettings(EMPTY_TABLE, own, {}), own);
  });

  test('of an exchange: its own alternate exchange, else that of the policy', () => {
    const policy = { 'alternate-exchange': 'policy' };
    assert.equal(effectiveExchangeSettings({ alternateExchange: 'own' }, policy).alternateExchange, 'own');
    assert.equal(effectiveExchangeSettings({ alternateExchange: undefined }, policy).alternateExchange, 'policy');
  });
});

describe('the policy that applies', () => {
  const policy = (name: string, priority: number, kind: PolicyKind = 'policy') =>
    new Policy(kind, name, { pattern: '^q', definition: { 'max-length': priority + 10 }, priority });
  const resource = { name: 'q', type: 'classic' } as const;

  test('is one: of the highest priority, and of equal ones the first by name, in whatever order they were set', () => {
    const policies = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-d]{1,2}$/), fc.integer({ min: -2, max: 2 })), {
      selector: ([name]) => name,
      minLength: 1,
    });
    fc.assert(
      fc.property(policies, (given) => {
        const all = given.map(([name, priority]) => policy(name, priority));
        const best = [...all].sort((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1))[0];
        assert.equal(highestPolicy(all, resource), best);
        assert.equal(highestPolicy(all.toReversed(), resource), best);
      }),
    );
  });

  test('is one that matches', () => {
    const lower = policy('lower', 0);
    const higher = new Policy('policy', 'higher', { pattern: '^x', definition: { 'max-length': 1 }, priority: 5 });
    const quorumOnly = new Policy('policy', 'p', { pattern: '', definition: { 'delivery-limit': 1 }, priority: 9 });
    assert.equal(highestPolicy([higher, lower, quorumOnly], resource), lower);
    assert.equal(highestPolicy([higher, lower, quorumOnly], { name: 'x', type: 'quorum' }), quorumOnly);
    assert.equal(highestPolicy([higher], resource), undefined);
  });

  test('is merged with the operator policy', () => {
    const [own, operators] = [policy('a', 5), policy('b', 1, 'operator_policy')];
    assert.deepEqual(applied(own, operators).definition, { 'max-length': 11 });
    assert.deepEqual(applied(own, undefined).definition, { 'max-length': 15 });
    assert.deepEqual(applied(undefined, undefined).definition, {});
  });
});
