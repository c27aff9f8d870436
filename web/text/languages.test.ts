import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LANGUAGES, preferredLanguage } from './languages.ts';

test("the reader's first language that there is", () => {
  assert.equal(preferredLanguage(['zh-CN', 'en']), 'zh');
  assert.equal(preferredLanguage(['fr', 'zh']), 'zh');
  assert.equal(preferredLanguage(['en-GB', 'zh']), 'en');
  assert.equal(preferredLanguage([]), 'en');
});

test('no text is missing in any language', () => {
  for (const { texts } of Object.values(LANGUAGES)) {
    for (const [key, text] of Object.entries(texts)) {
      const written = typeof text === 'string' ? text : text('A', 'B');
      assert.notEqual(written, '', key);
      if (typeof text === 'function') assert.match(written, /A/, key);
    }
  }
});
