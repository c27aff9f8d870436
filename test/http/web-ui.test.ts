import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Management } from '../support/management.ts';

const FILES = ['/', '/app.js', '/style.css', '/favicon.svg', '/licences.txt'];
const LIMIT_OCTETS = 150 * 1024;

describe('web UI', () => {
  test('is served without a log-in, in one small bundle', async () => {
    await using management = await Management.start();
    let octets = 0;
    for (const file of FILES) {
      const response = await fetch(management.broker.managementUrl + file);
      assert.equal(response.status, 200, file);
      assert.match(response.headers.get('content-security-policy') ?? '', /^default-src 'self'/);
      assert.equal(response.headers.get('content-encoding'), 'gzip');
      octets += gzipSync(await response.arrayBuffer()).length;
    }
    assert.ok(octets < LIMIT_OCTETS, `${octets} octets`);
  });

  test('is sent again only when it has changed', async () => {
    await using management = await Management.start();
    const url = `${management.broker.managementUrl}/app.js`;
    const { headers } = await fetch(url);
    const again = await fetch(url, { headers: { 'if-none-match': headers.get('etag')! } });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), '');
  });

  test('comes as it is for who reads no gzip', async () => {
    await using management = await Management.start();
    const response = await fetch(management.broker.managementUrl!, { headers: { 'accept-encoding': 'identity' } });
    assert.equal(response.headers.get('content-encoding'), null);
    assert.match(await response.text(), /^<!DOCTYPE html>/);
  });
});
