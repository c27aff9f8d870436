import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BrokerEvent } from './broker-events.ts';
import { eventHeaders } from './event-headers.ts';

/** The values without their types. */
function plain(event: BrokerEvent): Record<string, unknown> {
  return Object.fromEntries(Object.entries(eventHeaders(event, 'n@h')).map(([name, { value }]) => [name, value]));
}

const by = { user_who_performed_action: 'anna' };
const performedBy = 'anna';

describe('the headers of', () => {
  test('a policy and an operator policy', () => {
    const definition = { pattern: '^a', 'apply-to': 'all', priority: 0, definition: { 'max-length': 5 } };
    const facts = { name: 'p', vhost: '/', definition };
    const nested = new Map([['max-length', { type: 'long', value: 5 }]]);
    const expected = {
      pattern: '^a',
      'apply-to': 'all',
      priority: 0,
      definition: nested,
      ...by,
      vhost: '/',
      name: 'p',
    };
    assert.deepEqual(plain({ name: 'policy.set', facts, performedBy }), expected);
    const cleared = { name: 'operator.policy.cleared', facts: { name: 'p', vhost: '/' }, performedBy } as const;
    assert.deepEqual(plain(cleared), { ...by, vhost: '/', name: 'p' });
  });

  test('limits, also as parameters', () => {
    const limits = { 'max-queues': 5 };
    const set = { name: 'vhost.limits.set', facts: { vhost: 'v', limits }, performedBy } as const;
    assert.deepEqual(plain(set), { 'max-queues': 5, ...by, name: 'limits', vhost: 'v' });
    const user = { name: 'user.limits.set', facts: { user: 'bob', limits }, performedBy } as const;
    assert.deepEqual(plain(user), { 'max-queues': 5, username: 'bob', ...by, name: 'limits' });
    const facts = { component: 'vhost-limits', vhost: 'v', name: 'limits' };
    const cleared = { name: 'parameter.cleared', facts, performedBy } as const;
    assert.deepEqual(plain(cleared), { ...by, name: 'limits', component: 'vhost-limits', vhost: 'v' });
  });

  test('users and permissions', () => {
    const permission = { user: 'bob', vhost: 'v', configure: 'a', write: 'b', read: 'c' };
    assert.deepEqual(plain({ name: 'permission.created', facts: permission, performedBy }), { ...by, ...permission });
    assert.deepEqual(plain({ name: 'user.deleted', facts: { name: 'bob' }, performedBy }), { ...by, name: 'bob' });
  });

  test('alarms', () => {
    const facts = { resource: 'disk' } as const;
    assert.deepEqual(plain({ name: 'alarm.set', facts, performedBy }), { node: 'n@h', source: 'disk' });
  });

  test('a failed login over IPv6', () => {
    const end = (address: string) => ({ address, port: 1 });
    const ends = { peer: end('::1'), local: end('fe80::1:2%eth0') };
    const facts = { user: 'bob', mechanism: 'PLAIN', connection: 'c', ...ends };
    const { peer_host: peer, host, error } = plain({ name: 'user.authentication.failure', facts, performedBy });
    assert.deepEqual([peer, host], ['{0,0,0,0,0,0,0,1}', '{65152,0,0,0,0,0,1,2}']);
    assert.equal(error, "user 'bob' - invalid credentials");
  });
});
