import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQueueArguments } from '../../broker/queue/queue-settings.ts';
import { SILENT_LOGGER } from '../../observe/log.ts';
import { fieldTable } from '../../protocol/field-table.ts';
import { QuorumNotice } from './quorum-notice.ts';

test('what quorum queues are is said once, at the first of them', () => {
  const said: unknown[] = [];
  const notice = new QuorumNotice({ ...SILENT_LOGGER, info: (fields: unknown) => said.push(fields) });
  const queue = (name: string, type: string) => {
    const settings = parseQueueArguments(fieldTable({ 'x-queue-type': type }), name);
    notice.declared({ name, vhost: '/', settings });
  };
  queue('a', 'classic');
  assert.deepEqual(said, []);
  queue('b', 'quorum');
  queue('c', 'quorum');
  assert.deepEqual(said, [{ queue: 'b', vhost: '/' }]);
});
