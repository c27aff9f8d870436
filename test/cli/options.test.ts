import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { parseCommandLine } from '#src/bin/command-line.js';
import { start } from '#src/bin/start.js';
import { WireClient } from '../support/wire-client.ts';
import { leveret, RunningCommand, type RunOptions } from './command.ts';

let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'leveret-cli-'));
});

after(() => rm(directory, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

/** What a command is refused for before anything is started, which takes no process of its own. */
async function mistakeIn(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
  try {
    const command = parseCommandLine(args);
    assert.ok(command.name === 'start');
    await start(command, environment, 0);
  } catch (error) {
    return (error as Error).message;
  }
  throw new assert.AssertionError({ message: 'the command was accepted' });
}

/** Runs a command that is to be refused, and gives its one line. */
async function refusal(args: readonly string[], options?: RunOptions): Promise<string> {
  const { status, stdout, stderr } = await leveret(args, options);
  assert.equal(status, 2, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /^leveret: [^\n]+\n$/);
  return stderr.slice('leveret: '.length, -1);
}

/** Takes a free port until the test ends. */
async function takePort(test: TestContext): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  test.after(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('--help explains itself', async () => {
  const { status, stdout, stderr } = await leveret(['--help']);
  assert.equal(status, 0);
  assert.equal(stderr, '');
  assert.match(stdout, /^Usage: leveret \[start\] \[options\]/);
  assert.match(stdout, /--management-port <PORT>/);
});

test('--version is that of the package', async () => {
  const manifest = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  assert.deepEqual(await leveret(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' });
});

const MISTAKES: readonly (readonly [args: readonly string[], line: RegExp])[] = [
  [['--port', '-1'], /^--port: "-1" is not allowed; /],
  [['--port'], /^option '--port <PORT>' argument missing$/],
  [['--frame-max', '1KiB'], /^--frame-max: "1KiB" is not allowed; give a number of octets from 4096 to \d+, /],
  [['--max-message-size', '513MiB'], /^--max-message-size: "513MiB" is not allowed; /],
  [['--memory-limit', '140%'], /^--memory-limit: "140%" is not allowed; .*512MiB or 40%$/],
  [['--log-level', 'loud'], /^--log-level: "loud" is not allowed; give one of fatal, /],
  [['strat'], /^unknown command 'strat' \(did you mean start\?\); see leveret --help$/],
  [['start', 'now'], /^too many arguments/],
  [['--config', '/nonexistent/a.toml'], /^\/nonexistent\/a\.toml: cannot be read: ENOENT: no such file or directory$/],
  [['--config', '/nonexistent/a.ini'], /^\/nonexistent\/a\.ini: a config file's name must end in \.toml or \.json$/],
];

for (const [args, line] of MISTAKES) {
  test(`a mistake: leveret ${args.join(' ')}`, async () => {
    assert.match(await mistakeIn(args), line);
  });
}

test('a wrong environment variable is refused by its name', async () => {
  assert.match(await mistakeIn([], { LEVERET_HEARTBEAT: 'often' }), /^LEVERET_HEARTBEAT: "often" is not allowed; /);
});

const REFUSED: readonly (readonly [args: readonly string[], line: RegExp])[] = [
  [['--prot', '1'], /^unknown option '--prot' \(Did you mean --port\?\)$/],
  [['--port', '65536'], /^--port: "65536" is not allowed; give a whole number from 0 to 65535$/],
  [['--port', '0', '--bind', 'nowhere.invalid'], /^no host goes by the name nowhere\.invalid; /],
  [['--port', '0', '--bind', '192.0.2.1'], /^this machine has no address 192\.0\.2\.1; choose another with --bind$/],
];

for (const [args, line] of REFUSED) {
  test(`refused in one line, with status 2: leveret ${args.join(' ')}`, async () => {
    assert.match(await refusal(args), line);
  });
}

test('a config file that makes no sense is refused with its name and the place', async () => {
  const toml = await file('syntax.toml', 'bind = "127.0.0.1"\nport = = 1\n');
  assert.match(await mistakeIn(['--config', toml]), /syntax\.toml: line 2: this is not TOML: /);
  const key = await file('key.json', '{ "prot": 1 }');
  assert.match(await mistakeIn(['--config', key]), /key\.json: prot: there is no such option \(did you mean port\?\)$/);
});

test('a port in use is refused', async (t) => {
  const port = await takePort(t);
  assert.equal(
    await refusal(['--port', String(port)]),
    `port ${port} on 127.0.0.1 is in use; stop what listens there, or choose another with --port`,
  );
});

test('a flag decides before the environment, and that before the file', async (t) => {
  // Three ports that are taken: which of them the command complains about tells which one it was to use.
  const [flag, environment, inFile] = [await takePort(t), await takePort(t), await takePort(t)];
  const config = await file('port.toml', `port = ${inFile}\n`);
  const env = { LEVERET_PORT: String(environment), LEVERET_CONFIG: config };

  assert.match(await refusal(['--port', String(flag)], { env }), new RegExp(`^port ${flag} `));
  assert.match(await refusal([], { env }), new RegExp(`^port ${environment} `));
  assert.match(await refusal([], { env: { LEVERET_CONFIG: config } }), new RegExp(`^port ${inFile} `));
  assert.match(await refusal(['--config', config]), new RegExp(`^port ${inFile} `));
});

test('a file with users and virtual hosts starts a broker', async () => {
  const config = await file(
    'full.toml',
    `
      port = 0
      log-format = "human"
      vhosts = ["orders"]
      [[users]]
      name = "app"
      password = "secret"
      permissions.orders = { configure = "", write = ".*", read = ".*" }
    `,
  );
  await using command = new RunningCommand(['start', '--config', config]);
  assert.ok((await command.listening()) > 0);
});

test('a definitions file is imported, and its users log in', async () => {
  const path = await file(
    'definitions.json',
    JSON.stringify({
      users: [{ name: 'anna', password: 'secret', tags: 'administrator' }],
      vhosts: [{ name: 'shop' }],
      permissions: [{ user: 'anna', vhost: 'shop', configure: '.*', write: '.*', read: '.*' }],
    }),
  );
  await using command = new RunningCommand(['--port', '0', '--definitions', path]);
  const port = await command.listening();
  const client = await WireClient.open(`amqp://anna:secret@127.0.0.1:${port}/shop`);
  await client.close();
  await assert.rejects(WireClient.open(`amqp://guest:guest@127.0.0.1:${port}`), /ACCESS_REFUSED/);
});

test('a definitions file that makes no sense is refused with its name and the object', async () => {
  assert.equal(await refusal(['--definitions', '/nonexistent.json']), '/nonexistent.json: cannot be read: ENOENT');
  const syntax = await file('syntax.json', '{ "queues": ');
  assert.match(await refusal(['--definitions', syntax]), /syntax\.json: this is not JSON: /);
  const queues = [{ name: 'q', vhost: 'none', durable: true, auto_delete: false, arguments: {} }];
  const unknown = await file('unknown.json', JSON.stringify({ queues }));
  assert.match(
    await refusal(['--port', '0', '--definitions', unknown]),
    /unknown\.json: queues\[0\] "q" in vhost "none": vhost 'none' does not exist$/,
  );
});
