import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page, Request } from 'playwright-core';
import { Management } from '../support/management.ts';
import { openBrowser } from './web-ui.ts';

// What a web page of somebody else's can have a real browser send, with credentials that everybody knows in the address, or that
// the browser remembers. Nothing of it may change anything.

/** A name that resolves to this machine, as that of any page can. */
const REBOUND = 'rebound.example';
const EVIL_USER = { name: 'evil', password: 'evil', tags: 'administrator' };
const MESSAGE = { properties: {}, routing_key: 'q', payload: 'x', payload_encoding: 'string' };

let management: Management;
let pages: Server;
let browser: Browser;
/** What the pages of others are, for now. */
let content = '';
/** Where the API is, with credentials. */
let api: string;
/** Another site, and another port of the same one. */
let origins: readonly string[];

before(async () => {
  management = await Management.start();
  await management.request('PUT', '/queues/%2F/q', { body: { durable: true } });
  pages = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(content));
  await once(pages.listen(0, '127.0.0.1'), 'listening');
  browser = await openBrowser(`--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`);
  const { port } = pages.address() as AddressInfo;
  origins = [`http://localhost:${port}`, `http://127.0.0.1:${port}`];
  api = management.broker.managementUrl!.replace('//', '//guest:guest@');
});

after(async () => {
  await browser.close();
  pages.close();
  await management[Symbol.asyncDispose]();
});

/** A page in a browser that has seen nothing yet. */
async function withPage(action: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext();
  try {
    await action(await context.newPage());
  } finally {
    await context.close();
  }
}

/**
 * Opens the page, of each foreign origin, and waits until it has sent so many requests to the path, none of which may change
 * anything. Of what a page embeds, browsers may hide how it was answered.
 */
async function expectRefused(html: string, path: string, count = 1, isLoggedIn = false): Promise<void> {
  content = `<!DOCTYPE html>${html}`;
  for (const origin of origins) {
    await withPage(async (page) => {
      if (isLoggedIn) assert.equal((await page.goto(`${api}/api/whoami`))!.status(), 200);
      const ended = endOfRequests(page, path, count);
      await page.goto(origin, { waitUntil: 'commit' });
      for (const request of await ended) {
        const status = (await request.response().catch(() => null))?.status() ?? 403;
        assert.equal(status, 403, `${request.method()} ${path} for ${origin}`);
      }
    });
    await expectUnchanged();
  }
}

function endOfRequests(page: Page, path: string, count: number): Promise<readonly Request[]> {
  const ended: Request[] = [];
  return new Promise((resolve) => {
    const note = (request: Request): void => {
      if (request.method() !== 'OPTIONS' && request.url().endsWith(path) && ended.push(request) === count)
        resolve(ended);
    };
    page.on('requestfinished', note);
    page.on('requestfailed', note);
  });
}

async function expectUnchanged(): Promise<void> {
  const users = await management.get<{ name: string }[]>('/users');
  assert.ok(!users.some(({ name }) => name === EVIL_USER.name), 'the page has made itself an administrator');
  const queues = await management.get<{ name: string; messages: number }[]>('/queues');
  assert.deepEqual(
    queues.map(({ name, messages }) => [name, messages]),
    [['q', 0]],
  );
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
}

describe('a page of another origin', () => {
  const targets = [
    ['/api/definitions', JSON.stringify({ users: [EVIL_USER] })],
    ['/api/exchanges/%2F/amq.default/publish', JSON.stringify(MESSAGE)],
  ] as const;

  for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    test(`changes nothing by a form of type ${enctype}`, async () => {
      for (const [path, json] of targets) {
        // As text/plain, NAME=VALUE is JSON.
        const name = attribute(`${json.slice(0, -1)},"ignored":"`);
        const field = `<input name="${name}" value="${attribute('"}')}">`;
        const form = `<form method="post" action="${api}${path}" enctype="${enctype}">${field}</form>`;
        await expectRefused(`${form}<script>document.forms[0].submit()</script>`, path);
      }
    });
  }

  test('changes nothing by fetch or a beacon, with what the browser remembers', async () => {
    for (const [path, json] of targets) {
      const address = JSON.stringify(management.broker.managementUrl + path);
      const script = `
        const body = ${JSON.stringify(json)};
        const sent = { method: 'POST', credentials: 'include', body };
        fetch(${address}, { ...sent, mode: 'no-cors', headers: { 'content-type': 'text/plain' } });
        fetch(${address}, { ...sent, headers: { 'content-type': 'text/plain' } }).catch(() => {});
        fetch(${address}, { ...sent, headers: { 'content-type': 'application/json' } }).catch(() => {});
        navigator.sendBeacon(${address}, new Blob([body], { type: 'text/plain' }));`;
      await expectRefused(`<script>${script}</script>`, path, 4, true);
    }
  });

  test('changes nothing by what it embeds, and where it leads to', async () => {
    const path = '/api/aliveness-test/%2F';
    const address = `${management.broker.managementUrl}${path}`;
    for (const element of [
      `<img src="${address}">`,
      `<script src="${address}"></script>`,
      `<iframe src="${address}"></iframe>`,
      `<a href="${address}"></a><script>document.links[0].click()</script>`,
    ]) {
      await expectRefused(element, path, 1, true);
    }
  });

  test('reads nothing and changes nothing where its name resolves to this machine', () =>
    withPage(async (page) => {
      const { port } = new URL(management.broker.managementUrl!);
      const answer = await page.goto(`http://${REBOUND}:${port}/`);
      assert.equal(answer!.status(), 403);
      const statuses = await page.evaluate(
        async (body) => {
          const headers = { authorization: `Basic ${btoa('guest:guest')}`, 'content-type': 'application/json' };
          const read = await fetch('/api/definitions', { headers });
          const write = await fetch('/api/definitions', { method: 'POST', headers, body });
          return [read.status, write.status];
        },
        JSON.stringify({ users: [EVIL_USER] }),
      );
      assert.deepEqual(statuses, [403, 403]);
      await expectUnchanged();
    }));
});

test("the broker's own pages change what they are to change", () =>
  withPage(async (page) => {
    await page.goto(management.broker.managementUrl!);
    const statuses = await page.evaluate(async () => {
      const headers = { authorization: `Basic ${btoa('guest:guest')}`, 'content-type': 'application/json' };
      const ask = async (method: string) => (await fetch('/api/queues/%2F/own', { method, headers })).status;
      return [await ask('PUT'), await ask('DELETE')];
    });
    assert.deepEqual(statuses, [201, 204]);
  }));
