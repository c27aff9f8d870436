// The pictures of the web UI in docs/images: node scripts/screenshots.mjs [DIRECTORY]. Needs Debian's Chromium.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'amqplib';
import { chromium } from 'playwright-core';
import { installMissing } from './debian.mjs';
import { ensureBuilt, ensureInstalled, root } from './project.mjs';

const CHROMIUM = '/usr/bin/chromium';
const SIZE = { width: 1280, height: 800 };
/** So that charts have something to show, and rates are steady. */
const TRAFFIC_MS = 70_000;

const SHOTS = [
  { file: 'overview.png', hash: '#/overview', colorScheme: 'light', choice: '1 min' },
  {
    file: 'messages.png',
    hash: '#/queues/%2F/failed-orders',
    colorScheme: 'dark',
    button: 'Browse messages',
    shown: '.messages li',
  },
  { file: 'topology.png', hash: '#/topology', colorScheme: 'light' },
];

installMissing(new Map([[CHROMIUM, 'chromium']]));
ensureInstalled();
ensureBuilt();
const { startBroker } = await import('../dist/index.js');
const directory = process.argv[2] ?? join(root, 'docs/images');
mkdirSync(directory, { recursive: true });

const dataDir = mkdtempSync(join(tmpdir(), 'leveret-'));
const broker = await startBroker({ port: 0, managementPort: 0, statisticsIntervalMs: 1000, dataDir });
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
const shop = await openShop(broker.url);
const pages = [];
for (const shot of SHOTS) pages.push(await open(shot));
await pause(TRAFFIC_MS);
for (const { page, file, button, shown } of pages) {
  if (button !== undefined) await page.getByRole('button', { name: button, exact: true }).click();
  if (shown !== undefined) await page.locator(shown).nth(1).waitFor();
  await page.screenshot({ path: join(directory, file) });
}
clearInterval(shop.timer);
await browser.close();
await Promise.all(shop.connections.map((connection) => connection.close()));
await broker.close();
rmSync(dataDir, { recursive: true });

/** A web shop: orders that are worked on, some of which fail, and news for whoever wants them. */
async function openShop(url) {
  const connection = await connect(url, { clientProperties: { connection_name: 'web-shop' } });
  const newsroom = await connect(url, { clientProperties: { connection_name: 'newsroom' } });
  const workers = await connect(url, { clientProperties: { connection_name: 'workers' } });
  const channel = await connection.createChannel();
  const news = await newsroom.createChannel();
  await channel.assertExchange('orders', 'topic');
  await channel.assertExchange('news', 'fanout');
  await channel.assertExchange('failures', 'direct');
  await channel.assertQueue('failed-orders');
  await channel.bindQueue('failed-orders', 'failures', 'failed');
  const failing = { deadLetterExchange: 'failures', deadLetterRoutingKey: 'failed' };
  const queues = [
    ['billing', 'orders', 'orders.*.created'],
    ['shipping', 'orders', 'orders.#'],
    ['mail', 'news', ''],
    ['search-index', 'news', ''],
  ];
  for (const [queue, exchange, key] of queues) {
    await channel.assertQueue(queue, failing);
    await channel.bindQueue(queue, exchange, key);
    const worker = await workers.createChannel();
    await worker.consume(queue, (message) => settle(worker, queue, message), { consumerTag: `${queue}-worker` });
  }
  let number = 1000;
  const timer = setInterval(() => {
    for (let i = 0; i < 3 + Math.round(2 * Math.sin(number / 60)); i++) order(channel, number++);
    news.publish('news', '', Buffer.from('the shop is open'));
  }, 20);
  return { connections: [connection, newsroom, workers], timer };
}

function order(channel, number) {
  const country = ['de', 'fr', 'cn'][number % 3];
  const body = { order: number, customer: `c-${number * 7}`, items: [{ article: 'lettuce', count: (number % 5) + 1 }] };
  channel.publish('orders', `orders.${country}.created`, Buffer.from(JSON.stringify(body)), {
    contentType: 'application/json',
    messageId: `order-${number}`,
    persistent: true,
    headers: { attempt: 1 },
  });
}

function settle(channel, queue, message) {
  const isFailing = queue === 'billing' && Math.random() < 0.01;
  if (isFailing) channel.nack(message, false, false);
  else channel.ack(message);
}

/** Opens a page, in the size and the colours that it is to be seen in. */
async function open({ hash, colorScheme, choice, ...shot }) {
  const context = await browser.newContext({ locale: 'en-GB', colorScheme, viewport: SIZE });
  const page = await context.newPage();
  await page.goto(`${broker.managementUrl}/`);
  await page.fill('[name=name]', 'guest');
  await page.fill('[name=password]', 'guest');
  await page.keyboard.press('Enter');
  await page.locator('.side').waitFor();
  await page.goto(`${broker.managementUrl}/${hash}`);
  if (choice !== undefined) await page.getByRole('radio', { name: choice }).check();
  return { page, ...shot };
}
