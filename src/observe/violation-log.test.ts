import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violationsIn } from './invariants.test.helper.ts';
import { InvariantViolation, reportViolation } from './invariants.ts';
import { type Logger, SILENT_LOGGER } from './log.ts';
import { logViolations } from './violation-log.ts';

test('the first violation is logged, and not a line for each that follows', () => {
  const lines: unknown[] = [];
  const log: Logger = { ...SILENT_LOGGER, child: () => log, error: (fields: unknown) => void lines.push(fields) };
  const stop = logViolations(log);
  const violations = ['a', 'b', 'c'].map((text) => new InvariantViolation(text));
  const heard = violationsIn(() => violations.forEach(reportViolation));
  stop();
  violationsIn(() => reportViolation(new InvariantViolation('nobody listens')));
  assert.deepEqual(heard, ['a', 'b', 'c']);
  assert.deepEqual(lines, [{ err: violations[0], unlogged: 0 }]);
});
