import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WebUi } from './web-ui.ts';

let ui: WebUi;

before(async () => {
  ui = await WebUi.start();
});

after(() => ui[Symbol.asyncDispose]());

test('the overview has charts over several times, the node with its latencies, virtual hosts and listeners', async () => {
  await ui.withPageAt('#/overview', {}, async (page) => {
    for (const title of [
      'Messages',
      'Messages per second',
      'Node',
      'How long it takes',
      'Virtual hosts',
      'Listeners',
    ]) {
      await page.getByRole('heading', { level: 2, name: title, exact: true }).waitFor();
    }
    await page.getByText('No alarms.').waitFor();
    await page.locator('.chart canvas').nth(1).waitFor();
    const answered = page.waitForResponse((response) => response.url().includes('msg_rates_age=3600'));
    await page.getByRole('radio', { name: '1 h' }).check();
    assert.equal((await answered).status(), 200);
    await page.getByRole('cell', { name: 'Event loop' }).first().waitFor();
    await page.getByRole('cell', { name: 'other', exact: true }).waitFor();
  });
});
