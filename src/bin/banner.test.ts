import assert from 'node:assert/strict';
import { test } from 'node:test';
import pc from 'picocolors';
import { banner } from './banner.ts';

test('the banner says what runs, where, what survives and how to stop it', () => {
  const facts = {
    version: '1.2.3',
    url: 'amqp://127.0.0.1:5672',
    managementUrl: 'http://127.0.0.1:15672',
    dataDir: '/var/lib/leveret',
    storage: 'mapped' as const,
    pid: 42,
    startedInMs: 90,
  };
  assert.equal(
    banner(facts, pc.createColors(false)),
    [
      '',
      '  (\\ /)    Leveret 1.2.3',
      '  ( . .)   AMQP  amqp://127.0.0.1:5672',
      '  c(")(")  HTTP  http://127.0.0.1:15672',
      '           Data  /var/lib/leveret, mapped into memory',
      '           Run   pid 42, started in 90 ms, Ctrl-C stops it',
      '\n',
    ].join('\n'),
  );
});
