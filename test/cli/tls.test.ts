import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { after, before, test } from 'node:test';
import { createServer, type Server } from 'node:tls';
import { fixturePath } from '../support/fixture.ts';
import { Management } from '../support/management.ts';
import { type ClientOptions, client } from './client.ts';
import type { Result } from './command.ts';

const CERTIFICATE = fixturePath('tls/certificate.pem');
const KEY = fixturePath('tls/key.pem');

let management: Management;
const proxies: Server[] = [];
let https: string;
let amqps: string;

/** Ends TLS before a port of the broker, as a proxy does; resolves to its own port. */
async function proxy(port: number): Promise<number> {
  const server = createServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) }, (socket) => {
    const inside = connect(port, '127.0.0.1');
    socket.pipe(inside).pipe(socket);
    socket.on('error', () => inside.destroy());
    inside.on('error', () => socket.destroy());
  });
  proxies.push(server);
  await once(server.listen(0), 'listening');
  return (server.address() as AddressInfo).port;
}

before(async () => {
  management = await Management.start();
  https = `https://localhost:${await proxy(Number(new URL(management.broker.managementUrl!).port))}`;
  amqps = `amqps://localhost:${await proxy(management.broker.port)}`;
});

after(async () => {
  for (const server of proxies) server.close();
  await management[Symbol.asyncDispose]();
});

function run(args: readonly string[], options: ClientOptions = {}): Promise<Result> {
  return client(management.broker, args, options);
}

/** What is said of a command that can't be done. */
async function failure(args: readonly string[], options: ClientOptions = {}, expected = 1): Promise<string> {
  const { status, stdout, stderr } = await run(args, options);
  assert.deepEqual([status, stdout], [expected, ''], stderr);
  return stderr;
}

test('a certificate that --ca or LEVERET_CA names is trusted: over HTTPS', async () => {
  for (const url of [https, https.replace('localhost', '127.0.0.1')]) {
    const named = await run(['status', '--url', url, '--ca', CERTIFICATE, '--json']);
    assert.equal(named.status, 0, named.stderr);
    const inEnvironment = await run(['status', '--json'], { env: { LEVERET_URL: url, LEVERET_CA: CERTIFICATE } });
    assert.deepEqual([inEnvironment.status, inEnvironment.stderr], [0, '']);
  }
});

test('and over AMQPS', async () => {
  await management.request('PUT', '/queues/%2F/secure', { body: {} });
  for (const url of [amqps, amqps.replace('localhost', '127.0.0.1')]) {
    const published = await run(['publish', '', 'secure', '--url', url, '--ca', CERTIFICATE], { stdin: 'line\n' });
    assert.equal(published.status, 0, published.stderr);
    const env = { LEVERET_AMQP_URL: url, LEVERET_CA: CERTIFICATE };
    const consumed = await run(['consume', 'secure', '--count', '1'], { env });
    assert.equal(consumed.stdout, 'line\n', consumed.stderr);
  }
});

test('no other is, and what can be done is said', async () => {
  const signer = 'nobody who is trusted has signed its certificate; name the file that has who did with --ca';
  assert.equal(
    await failure(['status', '--url', https]),
    `leveret: the broker at ${https} is not trusted: ${signer}\n`,
  );
  assert.equal(
    await failure(['consume', 'secure', '--url', amqps]),
    `leveret: the broker at ${amqps} is not trusted: ${signer}\n`,
  );
});

test('nor is one for another host', async () => {
  for (const [command, url] of [
    ['status', https.replace('localhost', '127.0.0.2')],
    ['consume secure', amqps.replace('localhost', '127.0.0.2')],
  ] as const) {
    const said = await failure([...command.split(' '), '--url', url, '--ca', CERTIFICATE]);
    assert.match(
      said,
      /^leveret: the broker at \S+ is not trusted: its certificate is for another host \(.*127\.0\.0\.2/,
    );
  }
});

test('what speaks no TLS is told from what is not there', async () => {
  const { port, managementUrl } = management.broker;
  for (const [command, url, plain] of [
    ['status', managementUrl!.replace('http:', 'https:'), 'http://'],
    ['consume secure', `amqps://127.0.0.1:${port}`, 'amqp://'],
  ] as const) {
    const said = `what answers at ${url} does not speak TLS; without it, the address begins with ${plain}`;
    assert.equal(await failure([...command.split(' '), '--url', url]), `leveret: ${said}\n`);
  }
  assert.match(
    await failure(['status', '--url', 'https://127.0.0.1:1']),
    /^leveret: no broker at .* nothing listens there/,
  );
});

test('a file that has no certificate, and one for an address without TLS, make no sense', async () => {
  const misused = (url: string, ca: string) => failure(['status', '--url', url, '--ca', ca], {}, 2);
  assert.match(await misused(https, '/nowhere.pem'), /^leveret: --ca: \/nowhere\.pem can't be read \(ENOENT\)/);
  assert.match(await misused(https, KEY), /has no certificate in PEM/);
  assert.match(await misused(management.broker.managementUrl!, CERTIFICATE), /^leveret: --ca is about TLS/);
});
