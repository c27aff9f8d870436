import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WebUi } from './web-ui.ts';

const MANY = 40;
const PUBLISH_INTERVAL_MS = 500;

let ui: WebUi;
let traffic: NodeJS.Timeout;

before(async () => {
  ui = await WebUi.start();
  const channel = await (await ui.management.connect()).createConfirmChannel();
  await channel.assertExchange('orders', 'topic');
  await channel.assertQueue('eu');
  await channel.bindQueue('eu', 'orders', 'orders.#');
  await channel.consume('eu', () => undefined, { noAck: true });
  const publish = () => channel.publish('orders', 'orders.new', Buffer.from('x'));
  publish();
  await channel.waitForConfirms();
  // Without a break: what has passed nothing for some seconds is idle.
  traffic = setInterval(publish, PUBLISH_INTERVAL_MS);
});

after(async () => {
  clearInterval(traffic);
  await ui[Symbol.asyncDispose]();
});

test('what messages pass is drawn, and leads to the objects, with keys alone', async () => {
  await ui.withPageAt('#/topology', {}, async (page) => {
    await page.locator('.box.producer').waitFor();
    assert.equal(await page.locator('.graph .edge').count(), 3);
    await page.locator('.box.exchange').focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.locator('.box.queue:focus').count(), 1);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'eu' }).waitFor();
  });
});

test('a name shows what it is connected with; what is too much is one box until it is wanted', async () => {
  const { management } = ui;
  await management.request('PUT', '/exchanges/%2F/wide', { body: { type: 'fanout' } });
  for (let i = 0; i < MANY; i++) {
    await management.request('PUT', `/queues/%2F/wide-${i}`, { body: {} });
    await management.request('POST', `/bindings/%2F/e/wide/q/wide-${i}`, { body: {} });
  }
  await ui.withPageAt('#/topology', {}, async (page) => {
    await page.getByText(`${MANY + 1} idle`).waitFor();
    await page.getByLabel('show what is idle').check();
    await page.getByRole('button', { name: '27 more' }).click();
    await page.locator('.box', { hasText: 'wide-39' }).waitFor();
    await page.getByRole('button', { name: 'Show fewer' }).click();
    await page.fill('.filter', 'wide-39');
    await page.locator('.box', { hasText: 'eu' }).waitFor({ state: 'detached' });
    assert.deepEqual(await page.locator('.box b').allTextContents(), ['wide', 'wide-39']);
  });
});

test('dead letters lead back, and the legend says so', async () => {
  const { management } = ui;
  const letters = { 'x-dead-letter-exchange': 'again' };
  await management.request('PUT', '/exchanges/other/again', { body: { type: 'fanout' } });
  await management.request('PUT', '/queues/other/work', { body: { arguments: letters } });
  await management.request('POST', '/bindings/other/e/again/q/work', { body: {} });
  await ui.withPageAt('#/topology', {}, async (page) => {
    await page.locator('.side select').first().selectOption('other');
    await page.locator('.legend li', { hasText: 'dead letters' }).waitFor();
    assert.equal(await page.locator('.graph .edge').count(), 2);
    const path = await page.locator('.graph .dead-letter path').getAttribute('d');
    const [start, ...others] = path!.match(/[\d.]+/g)!.map(Number) as [number, ...number[]];
    assert.ok(others.at(-2)! < start, `to the left: ${path}`);
  });
});
