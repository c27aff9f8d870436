import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { environmentName, SCALAR_KEYS, SETTINGS } from '#src/config/settings.js';

test('the README lists every option with its names and default', async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const rows = readme.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
  for (const key of SCALAR_KEYS) {
    const setting = SETTINGS[key];
    const names = `| \`--${setting.flag}\` | \`${environmentName(setting)}\` | \`${key}\` | `;
    const row = rows.find((line) => line.startsWith(names));
    assert.ok(
      row?.slice(names.length).startsWith(`${setting.commandDefaultText ?? setting.defaultText ?? 'none'} `),
      names,
    );
  }
});
