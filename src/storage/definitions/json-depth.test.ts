import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from './definition-line.ts';
import { isTooDeep, MAX_JSON_DEPTH } from './json-depth.ts';

function nested(depth: number, kind: 'list' | 'object'): Json {
  let json: Json = 1;
  for (let i = 0; i < depth; i++) json = kind === 'list' ? [null, json] : { a: null, b: json };
  return json;
}

test('objects and lists may be nested so deep, and no deeper', () => {
  for (const kind of ['list', 'object'] as const) {
    assert.ok(!isTooDeep(nested(MAX_JSON_DEPTH, kind)));
    assert.ok(isTooDeep(nested(MAX_JSON_DEPTH + 1, kind)));
    assert.ok(isTooDeep(nested(100_000, kind)));
  }
  for (const json of [null, 'x', 1, true, [], {}]) assert.ok(!isTooDeep(json));
});
