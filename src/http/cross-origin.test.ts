import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { isCrossOrigin, TrustedOrigins } from './cross-origin.ts';

const NOBODY = new TrustedOrigins(undefined);
const host = 'mq.example.org:15672';

const cases: readonly (readonly [isCross: boolean, headers: IncomingHttpHeaders, trusted?: TrustedOrigins])[] = [
  [false, { host }], // no browser
  [false, { host, 'sec-fetch-site': 'same-origin' }],
  [false, { host, 'sec-fetch-site': 'none' }],
  [true, { host, 'sec-fetch-site': 'cross-site' }],
  [true, { host, 'sec-fetch-site': 'same-site' }],
  [true, { host, 'sec-fetch-site': 'same-origin, cross-site' }],
  [false, { host, origin: 'http://mq.example.org:15672' }],
  [false, { host: 'mq.example.org', origin: 'https://mq.example.org' }],
  [false, { host: 'mq.example.org:443', origin: 'https://mq.example.org' }],
  [false, { host: 'MQ.example.org', origin: 'http://mq.example.org' }],
  [false, { host: '[::1]:15672', origin: 'http://[::1]:15672' }],
  [true, { host, origin: 'http://mq.example.org' }],
  [true, { host, origin: 'http://localhost:15672' }],
  [true, { host, origin: 'http://evil.example' }],
  [true, { host, origin: 'null' }],
  [true, { host, origin: '' }],
  [true, { host, origin: 'file://' }],
  [true, { host: '', origin: 'file://' }],
  [true, { origin: 'http://evil.example' }],
  // A proxy that changes Host: browsers know better.
  [false, { host: '127.0.0.1:15672', origin: 'https://mq.example.org', 'sec-fetch-site': 'same-origin' }],
  [
    false,
    { host, origin: 'https://ops.example', 'sec-fetch-site': 'cross-site' },
    new TrustedOrigins('https://ops.example'),
  ],
  [true, { host, origin: 'http://ops.example' }, new TrustedOrigins('https://a.example, https://ops.example')],
  [false, { host, origin: 'null', 'sec-fetch-site': 'cross-site' }, new TrustedOrigins('*')],
  [true, { host, 'sec-fetch-site': 'cross-site' }, new TrustedOrigins('*')], // an image or a link: it says nothing of who asks
];

for (const [isCross, headers, trusted = NOBODY] of cases) {
  test(`${JSON.stringify(headers)} is ${isCross ? 'from elsewhere' : 'fine'}, where ${trusted.list} is trusted`, () => {
    assert.equal(isCrossOrigin(headers, trusted), isCross);
  });
}
