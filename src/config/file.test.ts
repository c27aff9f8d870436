import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { loadConfigFile } from './file.ts';

let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'leveret-config-'));
});

after(() => rm(directory, { recursive: true }));

async function load(name: string, text: string): Promise<unknown> {
  const path = join(directory, name);
  await writeFile(path, text);
  return loadConfigFile(path);
}

async function refusal(name: string, text: string): Promise<string> {
  try {
    await load(name, text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.replace(`${directory}/`, '');
  }
  return 'accepted';
}

test('TOML, with keys as flags or as in code', async () => {
  const text = `
    port = 5673
    management-port = 15673
    maxMessageSizeOctets = 1024
    memory-limit = '512MiB'
    max-connections = 'unlimited'
    vhosts = ['/', 'orders']

    [serverProperties]
    version = '3.13.7'

    [[users]]
    name = 'app'
    password = 'secret'
    [users.permissions.orders]
    configure = ''
    write = '^orders$'
    read = '.*'
  `;
  assert.deepEqual(JSON.parse(JSON.stringify(await load('all.toml', text))), {
    port: 5673,
    managementPort: 15673,
    maxMessageSizeOctets: 1024,
    memoryLimitOctets: 536870912,
    maxConnections: null,
    vhosts: ['/', 'orders'],
    serverProperties: { version: '3.13.7' },
    users: [
      {
        name: 'app',
        password: 'secret',
        permissions: { orders: { configure: '', write: '^orders$', read: '.*' } },
      },
    ],
  });
});

test('JSON', async () => {
  assert.deepEqual(await load('all.json', '{ "port": 1, "log-level": "warn" }'), { port: 1, logLevel: 'warn' });
});

test('an empty TOML file says nothing', async () => {
  assert.deepEqual(await load('empty.toml', ''), {});
});

const REFUSALS: readonly (readonly [name: string, text: string, message: string | RegExp])[] = [
  ['a.toml', 'prot = 1', 'a.toml: prot: there is no such option (did you mean port?)'],
  ['a.toml', 'log-levle = "info"', 'a.toml: log-levle: there is no such option (did you mean log-level?)'],
  ['a.toml', 'frame-max = 1', /^a\.toml: frame-max: 1 is not allowed; give a number of octets from 4096 to /],
  ['a.toml', 'port = "many"', 'a.toml: port: "many" is not allowed; give a whole number from 0 to 65535'],
  ['a.toml', 'port = 1\nport = 2', /^a\.toml: line 2: this is not TOML: [^\n]+$/],
  ['a.toml', 'bind = "::"\nport = \n', /^a\.toml: line 2: this is not TOML: [^\n]+$/],
  ['a.toml', 'frame-max = 4096\nframeMaxOctets = 4096', /^a\.toml: frameMaxOctets: this option is there twice/],
  ['a.toml', 'vhosts = []', 'a.toml: vhosts: an empty list is not allowed; give at least one virtual host'],
  ['a.json', '{\n "port": 1,\n}', /^a\.json: line 3: this is not JSON: [^\n]+$/],
  ['a.json', '{ "port": 1', /^a\.json: line 1: this is not JSON: [^\n]+$/],
  ['a.json', '[]', 'a.json: the file: a list is not allowed; give a table'],
  ['a.json', '{ "port": null }', 'a.json: port: null is not allowed; give a whole number from 0 to 65535'],
  ['a.yaml', 'port: 1', "a.yaml: a config file's name must end in .toml or .json"],
];

for (const [name, text, message] of REFUSALS) {
  test(`refused: ${message}`, async () => {
    const actual = await refusal(name, text);
    if (typeof message === 'string') assert.equal(actual, message);
    else assert.match(actual, message);
  });
}

test('a file that is not there', async () => {
  await assert.rejects(
    loadConfigFile('/nonexistent/leveret.toml'),
    new ConfigError('/nonexistent/leveret.toml: cannot be read: ENOENT: no such file or directory'),
  );
});
