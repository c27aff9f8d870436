import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BrokerInside } from '../support/broker-inside.ts';
import { CapturedLog } from '../support/captured-log.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

const TWICE = '^(a|b)\\1$';
const DEFINITIONS = {
  users: [{ name: 'anna', password: 'anna', tags: '' }],
  vhosts: [{ name: '/' }],
  permissions: [{ user: 'anna', vhost: '/', configure: '.*', write: TWICE, read: '.*' }],
  topic_permissions: [{ user: 'anna', vhost: '/', exchange: 'amq.topic', write: TWICE, read: '.*' }],
  policies: [{ vhost: '/', name: 'twice', pattern: TWICE, definition: { 'max-length': 5 } }],
  queues: [{ vhost: '/', name: 'aa', durable: true, auto_delete: false, arguments: {} }],
};

/** What is in force, and what was logged. */
function state({ context }: BrokerInside, log: CapturedLog): object {
  const anna = context.users.find('anna')!;
  const permissions = anna.permissionsFor('/')!;
  const topics = anna.topicPermissions.of('/', 'amq.topic')!;
  return {
    write: permissions.mayWrite('aa'),
    read: permissions.mayRead('aa'),
    publish: topics.mayPublish('aa'),
    maxLength: context.vhosts.get('/')!.queues.get('aa')!.settings.maxLength,
    logged: log.lines.filter((line) => line.includes('cannot be used')).length,
  };
}

test('patterns that are not supported do not keep the broker from starting, and match nothing', async () => {
  using directory = new TemporaryDataDirectory();
  const definitions = join(directory.path, 'definitions.json');
  writeFileSync(definitions, JSON.stringify(DEFINITIONS));
  const dataDir = join(directory.path, 'data');
  const expected = { write: false, read: true, publish: false, maxLength: undefined, logged: 3 };
  for (const options of [{ dataDir, definitions }, { dataDir }]) {
    const log = new CapturedLog('warn');
    await using broker = await BrokerInside.start(options, log.logger);
    assert.deepEqual(state(broker, log), expected);
    const again = broker.administration.importDefinitions(DEFINITIONS);
    await assert.rejects(again, /makes no sense: '.*' cannot be used: a back-reference \(\\1\) is not supported/);
    // others can still be set
    await broker.administration.putVhost('v');
    await broker.administration.setPermissions('anna', 'v', { configure: '', write: 'a', read: '' });
    assert.equal(broker.context.users.find('anna')!.permissionsFor('v')!.mayWrite('a'), true);
  }
});
