// Runs the conformance suite, which otherwise runs against Leveret, against a real RabbitMQ: a check that RabbitMQ
// fails is wrong. RabbitMQ runs on free ports of the loopback interface and in a scratch directory.
//
//   npm run test:oracle [-- NAME...]     only the files whose names have one of the NAMEs in them
//
// RABBITMQ_SERVER names another rabbitmq-server than Debian's.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { compile, ensureInstalled, filesUnder, matching, root } from './project.mjs';

const SERVER = process.env.RABBITMQ_SERVER ?? '/usr/lib/rabbitmq/bin/rabbitmq-server';
const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 15_000;
/** Much of the suite is waiting for RabbitMQ, which takes its time to close a connection after some errors. */
const FILES_AT_A_TIME = 4;
/** Types of exchange that Leveret has built in and RabbitMQ as plugins, which come with it. */
const PLUGINS = [
  'rabbitmq_consistent_hash_exchange',
  'rabbitmq_random_exchange',
  'rabbitmq_recent_history_exchange',
  'rabbitmq_sharding',
];
const PROTOCOL_HEADER = 'AMQP\0\0\x09\x01';

/** A reason to fail that needs no stack trace. */
class OracleError extends Error {}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interruption.abort());

process.exitCode = await main(process.argv.slice(2)).catch((error) => {
  if (!(error instanceof OracleError)) throw error;
  console.error(`test:oracle: ${error.message}`);
  return 1;
});

async function main(words) {
  ensureInstalled();
  installRabbitmq();
  compile('test');
  const files = testFiles(words);
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'leveret-oracle-'));
  const servers = [];
  try {
    const url = await startRabbitmq(scratch, servers);
    return await runTests(files, url, servers.at(-1));
  } finally {
    for (const server of servers.reverse()) await stop(server);
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

/** Installs RabbitMQ where that is possible: on Debian and its like, as root. */
function installRabbitmq() {
  if (fs.existsSync(SERVER)) return;
  const missing = `RabbitMQ is needed, but there is no ${SERVER}`;
  if (process.env.RABBITMQ_SERVER !== undefined) throw new OracleError(missing);
  if (process.getuid?.() !== 0 || !fs.existsSync('/usr/bin/apt-get')) {
    throw new OracleError(
      `${missing}: install it (on Debian: apt-get install rabbitmq-server), or set RABBITMQ_SERVER`,
    );
  }
  console.log('Installing rabbitmq-server ...');
  withoutStartingServices(() => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-q'], env);
    run('apt-get', ['install', '-qy', '--no-install-recommends', 'rabbitmq-server'], env);
  });
  if (!fs.existsSync(SERVER)) throw new OracleError(missing);
}

/** Debian starts a service as it installs it, on its usual ports: those are not ours to take. */
function withoutStartingServices(install) {
  const policy = '/usr/sbin/policy-rc.d';
  if (fs.existsSync(policy)) return install();
  fs.writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    fs.rmSync(policy);
  }
}

function run(command, args, env) {
  const { status, error } = spawnSync(command, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new OracleError(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

/** The compiled files, by their sources: what an earlier build left behind is not run. */
function testFiles(words) {
  const files = matching(filesUnder('test/conformance', '.test.ts'), words);
  if (files.length === 0) throw new OracleError(`no file in test/conformance has ${words.join(' or ')} in its name`);
  return files.map((file) => path.join(root, 'build', file.replace(/\.ts$/, '.js')));
}

/** Adds what it starts to `servers`, so that it is stopped even if this fails. @returns the address, once it answers */
async function startRabbitmq(scratch, servers) {
  const { rabbitDefinitions } = await import(pathToFileURL(path.join(root, 'build/test/support/accounts.js')).href);
  const [amqpPort, distPort, epmdPort] = await freePorts(3);
  const inScratch = (name) => path.join(scratch, name);
  fs.writeFileSync(inScratch('definitions.json'), JSON.stringify(rabbitDefinitions()));
  fs.writeFileSync(inScratch('rabbitmq.conf'), `load_definitions = ${inScratch('definitions.json')}\n`);
  fs.writeFileSync(inScratch('plugins'), `[${PLUGINS.join(',')}].\n`);
  const env = {
    ...process.env,
    HOME: scratch,
    ERL_EPMD_PORT: String(epmdPort),
    RABBITMQ_NODENAME: 'oracle@localhost',
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(amqpPort),
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_MNESIA_BASE: inScratch('mnesia'),
    RABBITMQ_LOG_BASE: inScratch('log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: inScratch('plugins'),
    RABBITMQ_CONFIG_FILE: inScratch('rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: inScratch('none'),
  };
  // An Erlang node starts a port mapper if there is none, and leaves it running: so it gets one that can be stopped.
  servers.push(start('epmd', ['-port', String(epmdPort), '-address', '127.0.0.1'], env, inScratch('epmd.log')));
  console.log(`Starting RabbitMQ on port ${amqpPort} ...`);
  servers.push(start(SERVER, [], env, inScratch('server.log')));
  await untilReady(servers.at(-1), amqpPort, inScratch('server.log'));
  return `amqp://guest:guest@127.0.0.1:${amqpPort}`;
}

/** Starts it in a process group of its own: rabbitmq-server is a script, and what it starts has to end with it. */
function start(command, args, env, log) {
  const output = fs.openSync(log, 'w');
  const child = spawn(command, args, { env, stdio: ['ignore', output, output], detached: true });
  fs.closeSync(output);
  child.on('error', (error) => console.error(`test:oracle: ${command}: ${error.message}`));
  return child;
}

async function stop({ pid }) {
  if (pid === undefined) return;
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    let isAlive = signalGroup(pid, signal);
    while (isAlive && Date.now() < deadline) {
      await sleep(50);
      isAlive = signalGroup(pid, 0);
    }
    if (!isAlive) return;
  }
}

/** @returns whether anybody of the group was there to get the signal; 0 asks for just that */
function signalGroup(pid, signal) {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

async function untilReady(server, port, log) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(port))) {
    if (interruption.signal.aborted) throw new OracleError('interrupted');
    if (server.exitCode !== null || server.pid === undefined || Date.now() > deadline) {
      throw new OracleError(`RabbitMQ did not start:\n${fs.readFileSync(log, 'utf8').slice(-2000)}`);
    }
    await sleep(100);
  }
}

/** Whether an AMQP server is there: not only a port that is open, but somebody who says something. */
function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(PROTOCOL_HEADER));
    const settle = (answered) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('data', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
    socket.setTimeout(1000, () => settle(false));
  });
}

/** @returns the exit status of the tests */
async function runTests(files, url, server) {
  const args = [
    '--enable-source-maps',
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${FILES_AT_A_TIME}`,
    ...files,
  ];
  const tests = spawn(process.execPath, args, { env: { ...process.env, AMQP_URL: url }, stdio: 'inherit' });
  const serverEnded = () => {
    console.error('test:oracle: RabbitMQ ended before the tests did');
    tests.kill();
  };
  server.once('exit', serverEnded);
  interruption.signal.addEventListener('abort', () => tests.kill());
  const [status] = await once(tests, 'exit');
  server.off('exit', serverEnded);
  return status ?? 1;
}
