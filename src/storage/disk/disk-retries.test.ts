import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violationsIn } from '../../observe/invariants.test.helper.ts';
import { DiskRetries } from './disk-retries.ts';

test('attempts are made once a second, up to the first that fails, which comes last then', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const retries = new DiskRetries();
  const working = new Set<string>();
  const tried: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    retries.add(() => {
      tried.push(name);
      return working.has(name);
    });
  }
  t.mock.timers.tick(1000);
  assert.deepEqual(tried.splice(0), ['a']);
  working.add('b');
  working.add('c');
  t.mock.timers.tick(1000);
  assert.deepEqual(tried.splice(0), ['b', 'c', 'a']);
  working.add('a');
  t.mock.timers.tick(1000);
  t.mock.timers.tick(1000);
  assert.deepEqual(tried, ['a']);
});

test('an attempt that a defect stops is reported, and not made again; others are', () => {
  const retries = new DiskRetries();
  let made = 0;
  retries.add(() => {
    throw new TypeError('undefined is not a function');
  });
  retries.add(() => ++made > 0);
  const violations = violationsIn(() => {
    retries.run();
    retries.run();
  });
  assert.deepEqual(violations, ['what the disk did not take before: TypeError: undefined is not a function']);
  assert.equal(made, 1);
});

test('at its end each is made for the last time', () => {
  const retries = new DiskRetries();
  const tried: string[] = [];
  for (const name of ['a', 'b']) {
    const attempt = () => {
      tried.push(name);
      retries.add(attempt);
      return false;
    };
    retries.add(attempt);
  }
  retries.close();
  retries.run();
  assert.deepEqual(tried, ['a', 'b']);
});
