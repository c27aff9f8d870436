import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Logger, SILENT_LOGGER } from './logger.ts';
import { RepeatedError } from './repeated-error.ts';

test('an error that is repeated is logged once, then each minute how often, and anew when it had stopped', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const logged: unknown[] = [];
  const error: Logger['error'] = (...[fields, text]: unknown[]) => void logged.push([text, fields]);
  const failures = new RepeatedError({ ...SILENT_LOGGER, error }, 'it can’t be written');
  const full = new Error('ENOSPC');
  for (let i = 0; i < 1000; i++) failures.add(full);
  assert.deepEqual(logged.splice(0), [['it can’t be written', { err: full }]]);
  t.mock.timers.tick(60_000);
  assert.deepEqual(logged.splice(0), [['it can’t be written, again', { error: 'ENOSPC', count: 999 }]]);
  t.mock.timers.tick(60_000);
  t.mock.timers.tick(60_000);
  assert.deepEqual(logged, []);
  failures.add(full);
  assert.deepEqual(logged, [['it can’t be written', { err: full }]]);
});
