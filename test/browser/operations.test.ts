import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { button, logIn, submit, WebUi } from './web-ui.ts';

let ui: WebUi;

before(async () => {
  ui = await WebUi.start({ logLevel: 'warn', logFormat: 'json' });
});

after(() => ui[Symbol.asyncDispose]());

async function publish(routing_key: string, ...payloads: string[]): Promise<void> {
  for (const payload of payloads) {
    const body = { properties: {}, routing_key, payload, payload_encoding: 'string' };
    await ui.management.request('POST', '/exchanges/%2F/amq.default/publish', { body });
  }
}

async function declare(name: string, args: object = {}): Promise<void> {
  await ui.management.request('PUT', `/queues/%2F/${name}`, { body: { arguments: args } });
}

async function readyIn(name: string): Promise<unknown> {
  const { messages_ready: ready } = await ui.management.get(`/queues/%2F/${name}`);
  return ready;
}

function payloads(page: Page): Promise<string[]> {
  return page.locator('.messages pre').allTextContents();
}

describe('messages of a queue', () => {
  test('are browsed page by page, as text, JSON and octets, and stay', async () => {
    await declare('many');
    await publish('many', '{"a":[1]}', ...Array.from({ length: 24 }, (_, i) => `message ${i}`));
    await ui.withPageAt('#/queues/%2F/many', {}, async (page) => {
      await button(page, 'Browse messages').click();
      await page.locator('.messages li').nth(19).waitFor();
      assert.equal((await payloads(page))[0], '{\n  "a": [\n    1\n  ]\n}');
      await page.getByRole('button', { name: 'Hex', exact: true }).first().click();
      await page.getByText('00000000  7b 22 61 22').waitFor();
      await button(page, 'Go on').click();
      await page.getByText('message 23').waitFor();
      assert.deepEqual(await payloads(page), ['message 19', 'message 20', 'message 21', 'message 22', 'message 23']);
      assert.equal(await readyIn('many'), 25);
      assert.equal(await page.getByText('redelivered', { exact: true }).count(), 0);
    });
  });

  test('are chosen and moved to another queue', async () => {
    await declare('source');
    await declare('target');
    await publish('source', 'first', 'second', 'third');
    await ui.withPageAt('#/queues/%2F/source', {}, async (page) => {
      await button(page, 'Browse messages').click();
      await page.getByLabel('Select message 1').check();
      await button(page, 'Move…').click();
      await submit(page, { destination: 'target' });
      await page.getByText('Moved: 1.').waitFor();
      await page.getByText('second').waitFor({ state: 'detached' });
      assert.deepEqual(await payloads(page), ['first', 'third']);
      await button(page, 'Move').click();
      await submit(page, { destination: 'target', limit: '1' });
      await page.locator('.messages li').nth(1).waitFor({ state: 'detached' });
      assert.deepEqual([await readyIn('source'), await readyIn('target')], [1, 2]);
    });
  });

  test('tell why they died, and are replayed', async () => {
    await declare('graves');
    await declare('work', { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'graves', 'x-message-ttl': 1 });
    await publish('work', 'late');
    await ui.withPageAt('#/queues/%2F/graves', {}, async (page) => {
      await page.locator('.tile', { hasText: 'Ready' }).locator('strong', { hasText: '1' }).waitFor();
      await ui.management.request('PUT', '/policies/%2F/none', { body: { pattern: '^none', definition: {} } });
      await ui.management.request('DELETE', '/queues/%2F/work');
      await declare('work');
      await button(page, 'Browse messages').click();
      await page.getByText(/published to \(default exchange\) with work: expired in work/).waitFor();
      await button(page, 'Replay dead letters').click();
      await submit(page, { to: 'queue' });
      await page.getByText('Moved: 1.').waitFor();
      assert.equal(await readyIn('work'), 1);
    });
  });

  test('wait while their queue is paused', async () => {
    await declare('held');
    await ui.withPageAt('#/queues/%2F/held', {}, async (page) => {
      await button(page, 'Pause').click();
      await submit(page, {});
      await page.locator('.chip', { hasText: 'paused' }).waitFor();
      await button(page, 'Resume').click();
      await button(page, 'Pause').waitFor();
    });
  });
});

describe('who looks on', () => {
  test('sees messages as they pass, as far as the filter lets them', async () => {
    await declare('seen');
    const channel = await (await ui.management.connect()).createChannel();
    await ui.withPageAt('#/trace', {}, async (page) => {
      await page.fill('[name=queue]', 'seen');
      await button(page, 'Start').click();
      await page.getByText('Watching…').waitFor();
      await assertShown(page, () => channel.sendToQueue('seen', Buffer.from('look at me')));
      channel.sendToQueue('elsewhere', Buffer.from('not me'));
      await channel.get('seen', { noAck: true });
      await page.getByText('delivered to guest').first().waitFor();
      assert.equal(await page.getByText('not me').count(), 0);
      await button(page, 'Stop').click();
      await button(page, 'Start').waitFor();
    });
  });

  test('sees the log, and new lines of it', async () => {
    await ui.withPageAt('#/logs', {}, async (page) => {
      await assert.rejects(ui.management.connect('stranger'));
      await page.getByText('login refused: invalid credentials').first().waitFor();
      await page.getByRole('searchbox').fill('nothing of this kind');
      await page.getByText('Nothing here.').waitFor();
    });
  });
});

/** Does it until the page shows it: the trace may begin a moment after its button was pressed. */
async function assertShown(page: Page, send: () => void): Promise<void> {
  const shown = page.getByText('look at me').first();
  for (let tries = 0; tries < 20 && (await shown.count()) === 0; tries++) {
    send();
    await shown.waitFor({ timeout: 500 }).catch(() => undefined);
  }
  await shown.waitFor();
}

describe('administration', () => {
  test('a user who is saved without a new password keeps the old one', async () => {
    await ui.management.request('PUT', '/users/keeper', { body: { password: 'keeper', tags: 'management' } });
    const logsIn = async () => (await ui.management.request('GET', '/whoami', { user: 'keeper' })).status;
    await ui.withPageAt('#/users', {}, async (page) => {
      const change = page.getByRole('row', { name: 'keeper' }).getByRole('button', { name: 'Change' });
      await change.click();
      await submit(page, { tags: 'management, policymaker' });
      await page.getByText('management, policymaker').waitFor();
      assert.equal(await logsIn(), 200);
      await change.click();
      await page.fill('dialog [name=password]', 'x');
      await page.locator('dialog [name=noPassword]').check();
      await page.locator('dialog [type=submit]').click();
      await page.getByRole('alert').waitFor();
      await submit(page, { password: '' });
      assert.equal(await logsIn(), 401);
      await change.click();
      await submit(page, { password: 'keeper' });
      assert.equal(await logsIn(), 200);
      await button(page, 'Add a user').click();
      await page.fill('dialog [name=name]', 'new');
      await page.locator('dialog [type=submit]').click();
      await page.getByRole('alert').filter({ hasText: 'Password' }).waitFor();
    });
  });

  test('topic permissions and parameters are set and cleared', async () => {
    await ui.withPageAt('#/users', {}, async (page) => {
      await button(page, 'Set a topic permission').click();
      await submit(page, { user: 'management', vhost: '/', exchange: 'amq.topic', write: '^a\\.' });
      const row = page.getByRole('row', { name: 'management / amq.topic' });
      await row.waitFor();
      await row.getByRole('button', { name: 'Clear' }).click();
      await submit(page, {});
      await row.waitFor({ state: 'detached' });

      await ui.goTo(page, '#/parameters');
      await button(page, 'Set a parameter').first().click();
      await page.fill('dialog [name=name]', 'colour');
      await page.fill('dialog [name=value]', 'red');
      await page.locator('dialog [type=submit]').click();
      await page.getByRole('alert').waitFor();
      await submit(page, { value: '"red"' });
      await page.getByRole('row', { name: 'colour red' }).getByRole('button', { name: 'Clear' }).click();
      await submit(page, {});
      await page.getByRole('row', { name: 'colour' }).waitFor({ state: 'detached' });
    });
  });

  test('definitions are imported into one virtual host', async () => {
    await ui.withPageAt('#/definitions', {}, async (page) => {
      await page.locator('.choice select').selectOption('other');
      await button(page, 'Import…').click();
      const queue = { name: 'imported', durable: true, auto_delete: false, arguments: {} };
      await submit(page, { file: JSON.stringify({ queues: [queue] }) });
      await page.getByText('Imported.').waitFor();
    });
    await ui.management.get('/queues/other/imported');
  });

  test('a connection is closed with a reason', async () => {
    const connection = await ui.management.connect('policymaker');
    const closed = new Promise<Error>((resolve) => connection.once('close', resolve));
    await ui.withPageAt('#/connections', {}, async (page) => {
      await page.getByRole('row', { name: 'policymaker' }).getByRole('link').click();
      await button(page, 'Close').click();
      await submit(page, { reason: 'tidying up' });
    });
    assert.match((await closed).message, /tidying up/);
  });
});

test('each tag sees what it may', async () => {
  const entries: Readonly<Record<string, readonly string[]>> = {
    management: [],
    policymaker: ['Policies', 'Parameters'],
    monitoring: ['Log'],
    guest: ['Policies', 'Parameters', 'Users', 'Virtual hosts', 'Limits', 'Definitions', 'Trace', 'Log'],
  };
  for (const [user, expected] of Object.entries(entries)) {
    await ui.withPage({}, async (page) => {
      await logIn(page, user);
      const links = await page.locator('.side nav .group ~ a').allTextContents();
      assert.deepEqual(links, expected, user);
      for (const link of expected) {
        await page.getByRole('link', { name: link, exact: true }).click();
        await page.getByRole('heading', { level: 1, name: link }).waitFor();
        assert.equal(await page.getByRole('alert').count(), 0, `${user} ${link}`);
      }
    });
  }
  await ui.withPage({}, async (page) => {
    await logIn(page, 'monitoring');
    await ui.goTo(page, '#/queues/%2F/many');
    await page.getByRole('alert').filter({ hasText: 'You may not see this' }).waitFor();
  });
});
