import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { Management } from '../support/management.ts';

interface Named {
  readonly name: string;
}

describe('connections', () => {
  test('are shown with what they have agreed on, and their channels with what they do', async () => {
    await using management = await Management.start();
    const connection = await management.connect();
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('q');
    await channel.prefetch(7);
    await channel.consume('q', () => {}, { consumerTag: 'c' });
    channel.sendToQueue('q', Buffer.from('x'));
    await channel.waitForConfirms();
    const [{ name }] = await management.get<[Named]>('/connections');
    assert.match(name, /^127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+$/);
    const path = encodeURIComponent(name);
    const shown = await management.get<Record<string, unknown>>(`/connections/${path}`);
    const { user, vhost, state, protocol, channels, auth_mechanism, frame_max, ssl } = shown;
    assert.deepEqual(
      { user, vhost, state, protocol, channels, auth_mechanism, frame_max, ssl },
      {
        user: 'guest',
        vhost: '/',
        state: 'running',
        protocol: 'AMQP 0-9-1',
        channels: 1,
        auth_mechanism: 'PLAIN',
        frame_max: 131072,
        ssl: false,
      },
    );
    const channelPath = `/channels/${encodeURIComponent(`${name} (1)`)}`;
    const one = await management.get<Record<string, unknown>>(channelPath);
    const { number, confirm, consumer_count, messages_unacknowledged, messages_unconfirmed, transactional } = one;
    assert.deepEqual(
      [number, confirm, consumer_count, messages_unacknowledged, messages_unconfirmed, transactional],
      [1, true, 1, 1, 0, false],
    );
    for (const list of ['/channels', '/vhosts/%2F/channels', `/connections/${path}/channels`]) {
      assert.deepEqual(await management.get(`${list}?columns=name`), [{ name: `${name} (1)` }], list);
    }
    const consumers = await management.get<{ consumer_tag: string; prefetch_count: number }[]>('/consumers/%2F');
    assert.deepEqual(
      consumers.map(({ consumer_tag, prefetch_count }) => [consumer_tag, prefetch_count]),
      [['c', 7]],
    );
    assert.deepEqual(await management.get('/vhosts/other/connections'), []);
  });

  test('are closed with the reason that is given', async () => {
    await using management = await Management.start();
    const reasons = [undefined, 'out of the way'];
    for (const reason of reasons) {
      const connection = await management.connect();
      const closed = once(connection, 'close');
      const [{ name }] = await management.get<[Named]>('/connections');
      const path = `/connections/${encodeURIComponent(name)}`;
      const headers = reason === undefined ? {} : { 'x-reason': reason };
      assert.equal((await management.request('DELETE', path, { headers })).status, 204);
      const [error] = (await closed) as [Error];
      assert.match(
        error.message,
        new RegExp(`320 \\(CONNECTION-FORCED\\).*${reason ?? 'Closed via management plugin'}`),
      );
      assert.equal((await management.request('GET', path)).status, 404);
    }
  });

  test("others' are seen by monitors, and closed by administrators", async () => {
    await using management = await Management.start();
    await management.connect();
    const [{ name }] = await management.get<[Named]>('/connections', 'monitoring');
    const path = `/connections/${encodeURIComponent(name)}`;
    const refused = { error: 'not_authorised', reason: 'User not authorised to access object' };
    for (const [user, method] of [
      ['management', 'GET'],
      ['management', 'DELETE'],
      ['monitoring', 'DELETE'],
    ] as const) {
      assert.deepEqual((await management.request(method, path, { user })).json, refused, `${user} ${method}`);
    }
    assert.deepEqual(await management.get('/connections', 'management'), []);
    const [own] = await management.get<[Named]>('/connections/username/guest');
    assert.equal(own.name, name);
    assert.equal((await management.request('DELETE', '/connections/username/guest')).status, 204);
  });
});
