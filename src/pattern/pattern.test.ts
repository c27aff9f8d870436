import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { processorMs } from '../time/processor-time.test.helper.ts';
import { Pattern } from './pattern.ts';
import { PatternError } from './pattern-error.ts';

// What Erlang's `re` (PCRE 8.44) answered to the same patterns.

describe('a pattern', () => {
  const matches: readonly (readonly [pattern: string, text: string, expected: boolean])[] = [
    ['^orders\\.', 'orders.eu', true],
    ['^orders\\.', 'my.orders.eu', false],
    ['orders', 'my.orders.eu', true],
    ['', '', true],
    ['', 'a', true],
    ['^(?!amq\\.).*', 'orders', true],
    ['^(?!amq\\.).*', 'amq.topic', false],
    ['(?i)ORDERS', 'orders', true],
    ['\\Aab\\z', 'ab', true],
    ['\\Aab\\z', 'abc', false],
    ['\\\\A', '\\A', true],
    ['^a\\Z', 'a\n', true],
    ['[[:alpha:]]+[[:digit:]]', 'ab1', true],
    ['^[[:alpha:]_]+$', 'ab1', false],
    ['^[^[:digit:]]$', '1', false],
    ['^a{2,3}$', 'aaaa', false],
    ['^(a|b)\\1$', 'bb', true],
    ['^(?<n>a|b)\\k<n>$', 'ab', false],
    ['^(?P<n>a|b)\\k<n>$', 'aa', true],
    ['(?<=ab)c', 'abc', true],
    ['(?<!ab)c', 'abc', false],
    ['^a.b$', 'a\nb', false],
    ['(?s)^a.b$', 'a\nb', true],
    ['(?m)^b$', 'a\nb\nc', true],
    ['^(a*)*$', 'aaaa', true],
  ];
  for (const [source, text, expected] of matches) {
    test(`${JSON.stringify(source)} ${expected ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () => {
      assert.equal(new Pattern(source).matches(text), expected);
    });
  }

  for (const source of [
    '(',
    ')',
    '[',
    '*',
    'a{2,1}',
    '\\',
    '[z-a]',
    '(?<n>a)(?<n>b)',
    'a++',
    '(?>a)',
    'a'.repeat(4097),
  ]) {
    test(`${JSON.stringify(source.slice(0, 20))} is refused`, () => {
      assert.throws(() => new Pattern(source), PatternError);
    });
  }

  test('that would take for ever is taken for one that does not match', () => {
    const beganMs = processorMs();
    assert.equal(new Pattern('^(a+)+$').matches(`${'a'.repeat(200)}b`), false);
    assert.equal(new Pattern('^a*a*a*a*a*a*a*a*a*a*$').matches(`${'a'.repeat(200)}b`), false);
    assert.equal(new Pattern('^(a|a)*$').matches(`${'a'.repeat(200)}b`), false);
    assert.equal(new Pattern(`${'(a|a)'.repeat(40)}c`).matches('a'.repeat(200)), false);
    assert.ok(processorMs() - beganMs < 1000);
    assert.equal(new Pattern('^(a+)+$').matches('aaa'), true);
  });
});
