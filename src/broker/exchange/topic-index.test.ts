import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { extent } from '../../extent.test.helper.ts';
import { Message } from '../../protocol/message.ts';
import { processorMs } from '../../time/processor-time.test.helper.ts';
import { binding, matches } from '../destination.test.helper.ts';
import { TopicIndex } from './topic-index.ts';

const ANY_MESSAGE = new Message();

function indexOf(...patterns: string[]): TopicIndex {
  const index = new TopicIndex();
  for (const pattern of patterns) index.add(binding(pattern));
  return index;
}

describe('patterns and keys', () => {
  const table: readonly (readonly [pattern: string, hits: readonly string[], misses: readonly string[]])[] = [
    ['a.b', ['a.b'], ['', 'a', 'a.b.c', 'a.B', 'a.']],
    ['', [''], ['a', '.']],
    ['*', ['a', 'abc', '*', '#'], ['', 'a.b', '.']],
    ['*.*', ['a.b', '.', 'a.'], ['a', 'a.b.c']],
    ['#', ['', 'a', 'a.b.c', '.', '#'], []],
    ['#.a', ['a', 'b.a', 'a.a', 'b.c.a', '.a'], ['', 'a.b', 'b']],
    ['a.#', ['a', 'a.b', 'a.b.c', 'a.'], ['', 'b', 'b.a']],
    ['#.a.#', ['a', 'b.a.c', 'a.a'], ['', 'b.c']],
    ['a.*.#', ['a.b', 'a.b.c'], ['a', '']],
    ['a..b', ['a..b'], ['a.b', 'a.x.b']],
    ['a.*.b', ['a.x.b', 'a..b'], ['a.b', 'a.x.y.b']],
    ['#.#', ['', 'a', 'a.b'], []],
  ];
  for (const [pattern, hits, misses] of table) {
    test(`'${pattern}'`, () => {
      const index = indexOf(pattern);
      for (const key of hits) assert.deepEqual(matches(index, key, ANY_MESSAGE), [pattern], `key '${key}'`);
      for (const key of misses) assert.deepEqual(matches(index, key, ANY_MESSAGE), [], `key '${key}'`);
    });
  }
});

/** The specification, word for word: slow, and plainly right. */
function matchesNaively(pattern: readonly string[], key: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return key.length === 0;
  if (first === '#') return matchesNaively(rest, key) || (key.length > 0 && matchesNaively(pattern, key.slice(1)));
  return key.length > 0 && (first === '*' || first === key[0]) && matchesNaively(rest, key.slice(1));
}

function words(text: string): string[] {
  return text === '' ? [] : text.split('.');
}

test('any patterns, some of them removed again, match what the specification says', () => {
  const text = fc.array(fc.constantFrom('a', 'b', '', '*', '#', '#'), { maxLength: 6 }).map((list) => list.join('.'));
  const patterns = fc.uniqueArray(text, { maxLength: 12 });
  fc.assert(
    fc.property(patterns, fc.array(fc.boolean(), { minLength: 12 }), fc.array(text), (all, isRemoved, keys) => {
      const index = new TopicIndex();
      const bindings = all.map((pattern) => binding(pattern));
      for (const one of bindings) index.add(one);
      for (const [i, one] of bindings.entries()) if (isRemoved[i]) index.remove(one);
      const left = all.filter((_, i) => !isRemoved[i]);
      for (const key of keys) {
        const expected = left.filter((pattern) => matchesNaively(words(pattern), words(key))).sort();
        assert.deepEqual(matches(index, key, ANY_MESSAGE), expected, `key '${key}'`);
      }
    }),
    { numRuns: extent({ usual: 500, soak: 20_000 }) },
  );
});

test('bindings with one pattern come and go one by one', () => {
  const index = new TopicIndex();
  const [one, other] = [binding('a.#', undefined, 'one'), binding('a.#', undefined, 'other')];
  index.add(one);
  index.add(other);
  assert.deepEqual(matches(index, 'a', ANY_MESSAGE), ['one', 'other']);
  index.remove(one);
  index.remove(binding('a.#'));
  index.remove(binding('never.added'));
  assert.deepEqual(matches(index, 'a', ANY_MESSAGE), ['other']);
});

test('the cost of many # is bounded by the number of words in all patterns', () => {
  const long = (word: string) => Array.from({ length: 64 }, () => word).join('.');
  const index = indexOf(long('#'), long('#.a'), long('#.*'), long('*.#'), `${long('#')}.b`, `${long('#.a.#')}.b`);
  const beganMs = processorMs();
  for (let i = 0; i < 10; i++) assert.equal(matches(index, Array(128).fill('a').join('.'), ANY_MESSAGE).length, 4);
  assert.ok(processorMs() - beganMs < 1000, 'a scan of all ways to match would take years');
});
