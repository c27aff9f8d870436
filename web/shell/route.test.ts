import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOME, parseRoute, routeTo } from './route.ts';

test('addresses hold any name', () => {
  for (const name of ['/', 'a/b', '#?&=%', '队列', ' ']) {
    assert.deepEqual(parseRoute(routeTo('queues', name, name)), ['queues', name, name]);
  }
});

test('what is no address is the first page', () => {
  for (const hash of ['', '#', '#/', '#/%']) assert.deepEqual(parseRoute(hash), HOME);
});
