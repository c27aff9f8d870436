import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { processorMs } from '../time/processor-time.test.helper.ts';
import { Pattern } from './pattern.ts';
import { PatternError, UnsupportedPatternError } from './pattern-error.ts';

// What Erlang's `re` (PCRE 8.44) answered to the same patterns.

describe('a pattern', () => {
  const matches: readonly (readonly [pattern: string, text: string, expected: boolean])[] = [
    ['^orders\\.', 'orders.eu', true],
    ['^orders\\.', 'my.orders.eu', false],
    ['orders', 'my.orders.eu', true],
    ['', '', true],
    ['', 'a', true],
    ['.*', '', true],
    ['^$', 'a', false],
    ['^(?!amq\\.).*', 'orders', true],
    ['^(?!amq\\.).*', 'amq.topic', false],
    ['^((?!secret).)*$', 'top.secret.plan', false],
    ['^((?!secret).)*$', 'top.plan', true],
    ['^orders\\.(?!internal\\b)', 'orders.internal.x', false],
    ['^orders\\.(?!internal\\b)', 'orders.internals', true],
    ['^.*(?<!\\.dlq)$', 'orders.dlq', false],
    ['^(?=.*eu)(?=.*orders)', 'eu.orders', true],
    ['(?i)ORDERS', 'orders', true],
    ['a(?i)b|c', 'C', true],
    ['(?i:a)b', 'AB', false],
    ['(?x) a b # c', 'ab', true],
    ['\\Aab\\z', 'ab', true],
    ['\\Aab\\z', 'abc', false],
    ['\\\\A', '\\A', true],
    ['^a\\Z', 'a\n', true],
    ['^a$', 'a\n', true],
    ['^a\\z', 'a\n', false],
    ['[[:alpha:]]+[[:digit:]]', 'ab1', true],
    ['^[[:alpha:]_]+$', 'ab1', false],
    ['^[^[:digit:]]$', '1', false],
    ['^[[:alnum:]-]+$', 'a-1', true],
    ['^[]a]+$', ']a', true],
    ['^[\\w.-]+$', 'a.b-c', true],
    ['^\\Qa.b\\E$', 'a.b', true],
    ['^\\Qa.b\\E$', 'axb', false],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{,2}$', 'a{,2}', true],
    ['^(?<n>a|b)$', 'a', true],
    ['^(?P<n>a|b)$', 'b', true],
    ["^(?'n'a|b)$", 'b', true],
    ['(?<=ab)c', 'abc', true],
    ['(?<!ab)c', 'abc', false],
    ['^a.b$', 'a\nb', false],
    ['(?s)^a.b$', 'a\nb', true],
    ['(?m)^b$', 'a\nb\nc', true],
    ['\\bb\\b', 'a b c', true],
    ['^(a*)*$', 'aaaa', true],
    ['^\\x61\\x{62}$', 'ab', true],
    ['a(?#comment)*b', 'aaab', true],
    ['^ä$', 'ä', true],
    ['^.$', 'ä', false], // it has two octets
  ];
  for (const [source, text, expected] of matches) {
    test(`${JSON.stringify(source)} ${expected ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () => {
      assert.equal(new Pattern(source).matches(text), expected);
    });
  }

  for (const [source, reason] of [
    ['(', 'missing )'],
    [')', 'unmatched parentheses'],
    ['[', 'missing terminating ] for character class'],
    ['[[:vowel:]]', 'unknown POSIX class name'],
    ['*', 'nothing to repeat'],
    ['^*', 'nothing to repeat'],
    ['a**', 'nothing to repeat'],
    ['a{2,1}', 'numbers out of order in {} quantifier'],
    ['a{65536}', 'number too big in {} quantifier'],
    ['\\', '\\ at end of pattern'],
    ['[z-a]', 'range out of order in character class'],
    ['(?<n>a)(?<n>b)', 'two named subpatterns have the same name'],
    ['a'.repeat(4097), 'regular expression is too large'],
    ['(a{0,100}){100}b', 'regular expression is too large'],
    ['((((a{1000}){1000}){1000}){1000}){1000}', 'regular expression is too large'],
    ['('.repeat(251) + ')'.repeat(251), 'parentheses are too deeply nested'],
  ] as const) {
    test(`${JSON.stringify(source.slice(0, 20))} is refused: ${reason}`, () => {
      assert.throws(() => new Pattern(source), new PatternError(reason));
    });
  }

  for (const [source, reason] of [
    ['a++', 'a possessive quantifier is not supported'],
    ['(?>a)', 'an atomic group is not supported'],
    ['^(a|b)\\1$', 'a back-reference (\\1) is not supported'],
    ['^(?<n>a|b)\\k<n>$', 'a back-reference (\\k) is not supported'],
    ['(?y)', 'the option y is not supported'],
    ['(?R)', 'a recursion is not supported'],
    ['(a)?(?(1)b|c)', 'a condition is not supported'],
    ['\\p{Lu}', 'a Unicode property (\\p) is not supported'],
  ] as const) {
    test(`${source}: ${reason}`, () => {
      assert.throws(
        () => new Pattern(source),
        (error) => error instanceof UnsupportedPatternError && error.message === reason,
      );
    });
  }

  test('matches as the engine of JavaScript does, where both spell it alike', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '\\d',
      '\\w',
      '\\W',
      '^',
      '$',
      '\\b',
      '\\B',
      '1',
      '\\.',
    );
    const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,2}', '{0,2}', '*?');
    const group = fc.constantFrom('(', '(?:', '(?=', '(?!', '(?<=', '(?<!');
    const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
      pattern: fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
      part: fc.oneof(
        { maxDepth: 3, depthIdentifier: 'pattern' },
        fc.tuple(atom, quantifier).map(([node, count]) => (/^(\^|\$|\\b|\\B)$/i.test(node) ? node : node + count)),
        fc
          .tuple(group, tie('pattern'), tie('pattern'), fc.boolean(), quantifier)
          .map(([open, one, other, isChoice, count]) => {
            return `${open}${one}${isChoice ? `|${other}` : ''})${open.length <= 1 || open === '(?:' ? count : ''}`;
          }),
      ),
    }));
    const text = fc.array(fc.constantFrom('a', 'b', '1', '.', '-'), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(pattern, text, (source, name) => {
        assert.equal(new Pattern(source).matches(name), new RegExp(source).test(name));
      }),
      { numRuns: 3000 },
    );
  });

  // The engine of JavaScript would need years for some of these.
  for (const source of [
    '^(a+)+$',
    '^a*a*a*a*a*a*a*a*a*a*$',
    '^(a|a)*$',
    `${'(a|a)'.repeat(40)}c`,
    '^(?=(a+)+$)',
    '^(?!(a|aa)+$)(?=(a+)+$)',
    '(a{0,30}){30}b1',
    '(a?){1600}c',
    `${'(?!a)'.repeat(400)}c`,
    '(.*.*=){20}',
  ]) {
    test(`${source.slice(0, 30)} on a long name takes some milliseconds`, () => {
      const pattern = new Pattern(source);
      const name = `${'a'.repeat(254)}b`;
      const beganMs = processorMs();
      for (let i = 0; i < 4; i++) assert.equal(pattern.matches(name), false);
      assert.ok((processorMs() - beganMs) / 4 < 100);
    });
  }
});
