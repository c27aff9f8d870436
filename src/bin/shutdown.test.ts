import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SILENT_LOGGER } from '../observe/log.ts';
import { type SignalHost, stopOnSignals } from './shutdown.ts';

/** A process whose signals and clock the test holds, and whose broker closes when the test says so. */
function harness() {
  const handlers = new Map<string, (signal: 'SIGINT' | 'SIGTERM') => void>();
  const statuses: number[] = [];
  const host: SignalHost = {
    on: (signal, handler) => handlers.set(signal, handler),
    exit: (status) => statuses.push(status),
  };
  const clock = { nowMs: 1000 };
  let closes = 0;
  let finishClosing = () => {};
  const close = () => {
    closes++;
    return new Promise<void>((resolve) => {
      finishClosing = resolve;
    });
  };
  stopOnSignals(close, SILENT_LOGGER, host, () => clock.nowMs);
  return {
    signal: (signal: 'SIGINT' | 'SIGTERM') => handlers.get(signal)?.(signal),
    host,
    statuses,
    clock,
    closed: async () => {
      finishClosing();
      await new Promise(setImmediate);
    },
    closes: () => closes,
  };
}

test('a signal closes the broker, and then lets the process end with status 0', async () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const run = harness();
    run.signal(signal);
    assert.equal(run.host.exitCode, undefined);
    await run.closed();
    assert.equal(run.host.exitCode, 0);
    assert.deepEqual(run.statuses, []);
    assert.equal(run.closes(), 1);
  }
});

test('a second signal exits at once, with the status of that signal', () => {
  const interrupted = harness();
  interrupted.signal('SIGTERM');
  interrupted.clock.nowMs += 1000;
  interrupted.signal('SIGINT');
  assert.deepEqual(interrupted.statuses, [130]);

  const terminated = harness();
  terminated.signal('SIGINT');
  terminated.clock.nowMs += 1000;
  terminated.signal('SIGTERM');
  assert.deepEqual(terminated.statuses, [143]);
});

test('the same signal passed on twice is one wish', () => {
  const run = harness();
  run.signal('SIGINT');
  run.clock.nowMs += 5;
  run.signal('SIGINT');
  assert.deepEqual(run.statuses, []);
  assert.equal(run.closes(), 1);
});
