import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIRST_PAGE, filteredBy, listQuery, sortedBy } from './list-state.ts';

test('a list is asked for by page', () => {
  assert.equal(listQuery(FIRST_PAGE), '?page=1&page_size=50');
  const state = { page: 3, filter: 'a&b', sort: 'messages', isReversed: true };
  const expected = '?page=3&page_size=50&name=a%26b&sort=messages&sort_reverse=true&columns=name%2Cvhost';
  assert.equal(listQuery(state, ['name', 'vhost']), expected);
});

test('clicks on a head sort by it, the other way round, and not at all', () => {
  const once = sortedBy({ ...FIRST_PAGE, page: 4 }, 'name', false);
  assert.deepEqual(once, { page: 1, filter: '', sort: 'name', isReversed: false });
  const twice = sortedBy(once, 'name', false);
  assert.equal(twice.isReversed, true);
  assert.deepEqual(sortedBy(twice, 'name', false), FIRST_PAGE);
});

test('numbers begin with the largest', () => {
  const once = sortedBy(FIRST_PAGE, 'messages', true);
  assert.equal(once.isReversed, true);
  assert.equal(sortedBy(once, 'messages', true).isReversed, false);
  assert.equal(sortedBy(once, 'name', false).sort, 'name');
});

test('another filter begins at the first page, in the same order', () => {
  const state = filteredBy({ page: 7, filter: 'a', sort: 'name', isReversed: true }, 'b');
  assert.deepEqual(state, { page: 1, filter: 'b', sort: 'name', isReversed: true });
});
