import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Management } from '../support/management.ts';
import { button, type Look, logIn, submit, WebUi } from './web-ui.ts';

let management: Management;
let ui: WebUi;

before(async () => {
  ui = await WebUi.start();
  ({ management } = ui);
});

after(() => ui[Symbol.asyncDispose]());

const withPage = (look: Look, action: (page: Page) => Promise<void>) => ui.withPage(look, action);
const goTo = (page: Page, hash: string) => ui.goTo(page, hash);

/** Waits until the number of ready messages is so. */
async function waitForReady(page: Page, count: number): Promise<void> {
  await page
    .locator('.tile', { hasText: 'Ready' })
    .locator('strong', { hasText: `${count}` })
    .waitFor();
}

describe('web UI', () => {
  test('a queue is declared, published to, read, purged and deleted', async () => {
    await withPage({}, async (page) => {
      await logIn(page);
      await page.getByRole('link', { name: 'Queues', exact: true }).click();
      await button(page, 'Add a queue').click();
      await submit(page, { name: 'a/b?c', 'x-max-length': '10', arguments: '{"x-expires": 1000000}' });
      await page.getByRole('link', { name: 'a/b?c' }).click();
      await page.getByText('x-max-length: 10').waitFor();
      await page.getByText('x-expires: 1000000').waitFor();

      await button(page, 'Publish').click();
      await submit(page, { payload: 'hello <b>there</b>', headers: '{"attempt": 1}' });
      await waitForReady(page, 1);
      await button(page, 'Get messages').click();
      await submit(page, {});
      assert.equal(await page.locator('.messages pre').textContent(), 'hello <b>there</b>');
      await page.getByText('attempt: 1').waitFor();
      await waitForReady(page, 1);

      await button(page, 'Purge').click();
      await submit(page, {});
      await waitForReady(page, 0);
      await button(page, 'Delete').click();
      await submit(page, {});
      await page.getByText('Nothing here.').waitFor();
    });
  });

  test('what others do is seen without reloading', async () => {
    await withPage({}, async (page) => {
      await logIn(page);
      await goTo(page, '#/queues');
      await page.getByText('Nothing here.').waitFor();
      await management.request('PUT', '/queues/%2F/from-elsewhere', { body: {} });
      await page.getByRole('link', { name: 'from-elsewhere' }).waitFor();
      await management.request('DELETE', '/queues/%2F/from-elsewhere');
      await page.getByText('Nothing here.').waitFor();
    });
  });

  test('bindings are added and removed', async () => {
    await management.request('PUT', '/queues/%2F/bound', { body: {} });
    await withPage({}, async (page) => {
      await logIn(page);
      await goTo(page, '#/exchanges/%2F/amq.topic');
      await button(page, 'Add a binding').first().click();
      await submit(page, { destination: 'bound', key: 'a.#' });
      await page.getByRole('cell', { name: 'a.#' }).waitFor();
      await page.getByRole('row', { name: 'a.#' }).getByRole('button', { name: 'Delete' }).click();
      await submit(page, {});
      await page.getByRole('cell', { name: 'a.#' }).waitFor({ state: 'detached' });
    });
    await management.request('DELETE', '/queues/%2F/bound');
  });

  test('consumers of a queue come in pages', async () => {
    const channel = await (await ui.management.connect()).createChannel();
    await channel.assertQueue('popular');
    for (let i = 0; i < 60; i++) await channel.consume('popular', () => undefined, { consumerTag: `tag-${i}` });
    await ui.withPageAt('#/queues/%2F/popular', {}, async (page) => {
      await page.getByText('tag-0', { exact: true }).waitFor();
      assert.equal(await page.locator('td', { hasText: 'tag-' }).count(), 50);
      await button(page, 'Next').click();
      await page.getByText('tag-59', { exact: true }).waitFor();
      assert.equal(await page.locator('td', { hasText: 'tag-' }).count(), 10);
    });
  });

  test('a dialog gives the focus back, whether something was done or not', async () => {
    await ui.withPageAt('#/queues', {}, async (page) => {
      const opener = button(page, 'Add a queue');
      const focused = page.locator('button:focus', { hasText: 'Add a queue' });
      await opener.press('Enter');
      await page.locator('dialog[open]').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('dialog').waitFor({ state: 'detached' });
      await focused.waitFor();
      await opener.press('Enter');
      await submit(page, { name: 'by-keys' });
      await focused.waitFor();
    });
  });

  test('mistakes are told, and the dialog stays', async () => {
    await withPage({}, async (page) => {
      await logIn(page);
      await goTo(page, '#/policies');
      await button(page, 'Add a policy').first().click();
      await page.fill('dialog [name=name]', 'p');
      await page.fill('dialog [name=pattern]', '.*');
      await page.fill('dialog [name=definition]', '{');
      await page.locator('dialog [type=submit]').click();
      await page.getByRole('alert').filter({ hasText: 'Definition' }).waitFor();
      await submit(page, { definition: '{"max-length": 10}' });
      await page.getByText('max-length: 10').waitFor();
      await button(page, 'Delete').click();
      await submit(page, {});
    });
  });

  test('a wrong password is refused, and nothing is kept', async () => {
    await withPage({}, async (page) => {
      await page.fill('[name=name]', 'guest');
      await page.fill('[name=password]', 'wrong');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
      assert.equal(await page.evaluate('sessionStorage.length'), 0);
    });
  });

  test('users see what their tags allow', async () => {
    await withPage({}, async (page) => {
      await logIn(page, 'management');
      const links = await page.locator('.side nav a').allTextContents();
      assert.deepEqual(links, [
        'Overview',
        'Topology',
        'Queues',
        'Exchanges',
        'Connections',
        'Channels',
        'Try a route',
      ]);
      await page.locator('.tile').first().waitFor();
      assert.equal(await page.getByRole('alert').count(), 0);
    });
  });

  test('Chinese, dark, on a phone: nothing is wider than the screen', async () => {
    const viewport = { width: 390, height: 800 };
    await withPage({ locale: 'zh-CN', colorScheme: 'dark', viewport }, async (page) => {
      await logIn(page);
      for (const [hash, title] of [
        ['#/queues', '队列'],
        ['#/exchanges/%2F/amq.topic', 'amq.topic'],
        ['#/users', '用户'],
        ['#/trace', '跟踪'],
        ['#/logs', '日志'],
        ['#/parameters', '参数'],
      ] as const) {
        await goTo(page, hash);
        await page.getByRole('heading', { level: 1, name: title }).waitFor();
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), viewport.width, hash);
      }
      assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(20, 24, 23)');
    });
  });
});
