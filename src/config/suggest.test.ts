import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean } from './suggest.ts';

const CANDIDATES = ['port', 'bind', 'management-port', 'log-level'];

test('a misspelt word gets a suggestion', () => {
  assert.equal(didYouMean('prot', CANDIDATES), ' (did you mean port?)');
  assert.equal(didYouMean('managment-port', CANDIDATES), ' (did you mean management-port?)');
  assert.equal(didYouMean('Log-Level', CANDIDATES), ' (did you mean log-level?)');
});

test('a word that is like none gets none', () => {
  assert.equal(didYouMean('colour', CANDIDATES), '');
  assert.equal(didYouMean('x', CANDIDATES), '');
});
