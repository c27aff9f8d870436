import { after, before, test } from 'node:test';
import { WebUi } from './web-ui.ts';

let ui: WebUi;

before(async () => {
  ui = await WebUi.start();
  const { management } = ui;
  await management.request('PUT', '/queues/%2F/eu', { body: {} });
  await management.request('PUT', '/exchanges/%2F/orders', { body: { type: 'topic' } });
  await management.request('POST', '/bindings/%2F/e/amq.headers/q/eu', { body: { arguments: { region: 'eu' } } });
  await management.request('POST', '/bindings/%2F/e/orders/e/amq.headers', { body: { routing_key: 'orders.#' } });
});

after(() => ui[Symbol.asyncDispose]());

test('a route is shown while it is typed, with its bindings', async () => {
  await ui.withPageAt('#/exchanges/%2F/orders', {}, async (page) => {
    await page.locator('#content').getByRole('link', { name: 'Try a route' }).click();
    await page.getByText('No queue would get it.').waitFor();
    await page.fill('[name=routingKey]', 'orders.new');
    await page.fill('[name=headers]', '{"region": ');
    await page.getByRole('alert').filter({ hasText: 'Headers' }).waitFor();
    await page.fill('[name=headers]', '{"region": "eu"}');
    await page.getByText('Queues that would get it: 1').waitFor();
    for (const text of ['orders.#', 'region: eu', 'gets it'])
      await page.locator('.route-tree').getByText(text).waitFor();
    await page.fill('[name=exchange]', '');
    await page.fill('[name=routingKey]', 'eu');
    await page.locator('.route-tree').getByText('(default exchange)').waitFor();
    await page.locator('.route-tree').getByRole('link', { name: 'eu', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'eu' }).waitFor();
  });
});
