import assert from 'node:assert/strict';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import type { BrokerOptions } from '#src/index.js';
import { Management } from '../support/management.ts';

const CHROMIUM = '/usr/bin/chromium';
const STEP_TIMEOUT_MS = 15_000;

export interface Look {
  readonly locale?: string;
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** @param args further flags of Chromium's */
export function openBrowser(...args: readonly string[]): Promise<Browser> {
  // Where tests run as root, Chromium has no sandbox.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', ...args] });
}

/** A broker with its web UI, and a browser to look at it with. */
export class WebUi implements AsyncDisposable {
  readonly management: Management;
  private readonly browser: Browser;

  private constructor(management: Management, browser: Browser) {
    this.management = management;
    this.browser = browser;
  }

  static async start(options: BrokerOptions = {}): Promise<WebUi> {
    const management = await Management.start(options);
    return new WebUi(management, await openBrowser());
  }

  /** Opens the page in a browser that has seen nothing yet. Whatever goes wrong in it fails the test. */
  async withPage(look: Look, action: (page: Page) => Promise<void>): Promise<void> {
    const context = await this.browser.newContext({ locale: 'en-GB', ...look });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(STEP_TIMEOUT_MS);
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await page.goto(`${this.management.broker.managementUrl}/`);
      await action(page);
      assert.deepEqual(errors, []);
    } finally {
      await context.close();
    }
  }

  /** The same for somebody who has logged in. @param hash the address of the page */
  async withPageAt(hash: string, look: Look, action: (page: Page) => Promise<void>): Promise<void> {
    await this.withPage(look, async (page) => {
      await logIn(page);
      await this.goTo(page, hash);
      await action(page);
    });
  }

  async goTo(page: Page, hash: string): Promise<void> {
    await page.goto(`${this.management.broker.managementUrl}/${hash}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await this.management[Symbol.asyncDispose]();
  }
}

export async function logIn(page: Page, user = 'guest'): Promise<void> {
  await page.fill('[name=name]', user);
  await page.fill('[name=password]', user);
  await page.keyboard.press('Enter');
  await page.locator('.side').waitFor();
}

/** A button of the page, not of what is around it. */
export function button(page: Page, name: string) {
  return page.locator('#content').getByRole('button', { name, exact: true });
}

/** Fills in the dialog that is open, and waits until it is closed. */
export async function submit(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  await page.locator('dialog[open]').waitFor();
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`dialog [name="${name}"]`);
    await field.waitFor({ state: 'attached' });
    // Seen at one instant: only a field of the part that is folded up is hidden in an open dialog.
    if (!(await field.isVisible())) await page.locator('dialog summary').click();
    await fill(field, value);
  }
  await page.locator('dialog [type=submit]').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
}

/** @param value of a check: anything for yes */
async function fill(field: Locator, value: string): Promise<void> {
  const kind = await field.evaluate((element) => `${element.tagName} ${element.getAttribute('type')}`);
  if (kind.startsWith('SELECT')) await field.selectOption(value);
  else if (kind === 'INPUT checkbox') await field.setChecked(value !== '');
  else if (kind === 'INPUT file')
    await field.setInputFiles({ name: 'f.json', mimeType: '', buffer: Buffer.from(value) });
  else await field.fill(value);
}
