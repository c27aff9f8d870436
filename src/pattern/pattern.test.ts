import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
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
    ['a(?i)b|C', 'c', true],
    ['a((?i)b)C', 'aBc', false],
    ['(?i)[^b]', 'B', false],
    ['\\Aab\\z', 'ab', true],
    ['^a$', 'a\n', true],
    ['^a\\z', 'a\n', false],
    ['[[:alpha:]]+[[:digit:]]', 'ab1', true],
    ['^[[:^digit:]]$', '1', false],
    ['^[]a]$', ']', true],
    ['^[^]a]$', ']', false],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{,3}$', 'a{,3}', true],
    ['^(a|b)\\1$', 'bb', true],
    ['^(?<n>a|b)\\k<n>$', 'ab', false],
    ['^(?P<n>a|b)(?P=n)$', 'aa', true],
    ['^a++a', 'aaa', false],
    ['^(?>a|ab)c', 'abc', false],
    ['^(?:a|ab)c', 'abc', true],
    ['(?<=ab)c', 'abc', true],
    ['(?<!ab)c', 'abc', false],
    ['\\bb\\b', 'a b c', true],
    ['^\\Qa.b\\E+$', 'a.bb', true],
    ['^\\x41\\x{42}\\103$', 'ABC', true],
    ['^\\d\\D\\w\\W\\s\\S$', '1a1. a', true],
    ['^\\8$', '8', true],
    ['^(?x) a  b # c\n$', 'ab', true],
    ['^(?#a comment)a', 'a', true],
    ['^a.b$', 'a\nb', false],
    ['(?s)^a.b$', 'a\nb', true],
    ['(?m)^b$', 'a\nb\nc', true],
    ['^\\p{Lu}\\P{Lu}$', 'Aa', true],
    ['^(a*)*$', 'aaaa', true],
    ['^(a*?b??)*$', 'abab', true],
    ['^(a?){3}$', 'aa', true],
    ['^(?:(a)|b)*\\1$', 'aba', true],
    ['^..$', 'é', true], // octets, not characters
  ];
  for (const [source, text, expected] of matches) {
    test(`${JSON.stringify(source)} ${expected ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () => {
      assert.equal(new Pattern(source).matches(text), expected);
    });
  }

  const invalid: readonly (readonly [pattern: string, term: string])[] = [
    ['(', '{"missing )",1}'],
    [')', '{"unmatched parentheses",0}'],
    ['[', '{"missing terminating ] for character class",1}'],
    ['*', '{"nothing to repeat",0}'],
    ['^*', '{"nothing to repeat",1}'],
    ['a{1}{2}', '{"nothing to repeat",6}'],
    ['a{2,1}', '{"numbers out of order in {} quantifier",5}'],
    ['x{0,70000}', '{"number too big in {} quantifier",9}'],
    ['\\', '{"\\\\ at end of pattern",1}'],
    ['\\c', '{"\\\\c at end of pattern",2}'],
    ['[z-a]', '{"range out of order in character class",3}'],
    ['[[:foo:]]', '{"unknown POSIX class name",3}'],
    ['[:alpha:]', '{"POSIX named classes are supported only within a class",0}'],
    ['(?<=a*)b', '{"lookbehind assertion is not fixed length",6}'],
    ['(?<n>a)(?<n>b)', '{"two named subpatterns have the same name",11}'],
    ['(?<x', '{"syntax error in subpattern name (missing terminator)",4}'],
    ['(?z)', '{"unrecognized character after (? or (?-",2}'],
    ['(?#abc', '{"missing ) after comment",6}'],
    ['\\2B', '{"reference to non-existent subpattern",3}'],
    ['\\400', '{"octal value is greater than \\\\377 in 8-bit non-UTF-8 mode",3}'],
    ['\\x{100}', '{"character value in \\\\x{} or \\\\o{} is too large",6}'],
    ['\\p{Foo}', '{"unknown property name after \\\\P or \\\\p",6}'],
  ];
  for (const [source, term] of invalid) {
    test(`${JSON.stringify(source)} is refused`, () => {
      assert.throws(
        () => new Pattern(source),
        (error: unknown) => error instanceof PatternError && error.term === term,
      );
    });
  }

  test('that would take for ever is taken for one that does not match', () => {
    const startMs = performance.now();
    assert.equal(new Pattern('^(a+)+$').matches(`${'a'.repeat(200)}b`), false);
    assert.equal(new Pattern('^(a|a?)+$').matches(`${'a'.repeat(200)}b`), false);
    assert.ok(performance.now() - startMs < 2000);
  });

  test('that is nested deeply or long is refused', () => {
    assert.throws(() => new Pattern(`${'('.repeat(251)}${')'.repeat(251)}`), /too deeply nested/);
    assert.throws(() => new Pattern('a'.repeat(4097)), /too large/);
  });

  test('is read or refused, whatever it is', () => {
    const tokens = [
      'a',
      'b',
      '.',
      '*',
      '+?',
      '{2}',
      '|',
      '(',
      ')',
      '(?:',
      '(?=',
      '(?<!',
      '[',
      '^',
      ']',
      '-',
      '\\',
      '1',
    ];
    const patterns = fc.array(fc.constantFrom(...tokens), { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(patterns, fc.string({ maxLength: 12 }), (source, text) => {
        try {
          new Pattern(source).matches(text);
        } catch (error) {
          assert.ok(error instanceof PatternError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
