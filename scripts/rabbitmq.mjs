// Starts a real RabbitMQ for the scripts that compare with it, on free ports of the loopback interface and in a scratch
// directory. RABBITMQ_SERVER names another rabbitmq-server than Debian's.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installMissing, PackageError } from './debian.mjs';

/** Its command line tools stand beside it. */
export const SERVER = process.env.RABBITMQ_SERVER ?? '/usr/lib/rabbitmq/bin/rabbitmq-server';
const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 15_000;
const PROTOCOL_HEADER = 'AMQP\0\0\x09\x01';

/** A reason to fail that needs no stack trace. */
export class OracleError extends Error {}

/** @throws OracleError if there is none, and it can't be installed */
export function installRabbitmq() {
  try {
    if (process.env.RABBITMQ_SERVER === undefined) installMissing(new Map([[SERVER, 'rabbitmq-server']]));
  } catch (error) {
    throw error instanceof PackageError ? new OracleError(error.message) : error;
  }
  if (!fs.existsSync(SERVER))
    throw new OracleError(`RabbitMQ is needed, but there is no ${SERVER}: set RABBITMQ_SERVER`);
}

/**
 * Starts a RabbitMQ that has nothing in common with others of this machine. Adds what it starts to `servers`, so that it is
 * stopped even if this fails.
 *
 * @param scratch a directory for all that it writes
 * @param options `definitions` to begin with (in the shape of its definitions file), `plugins` to enable, a `signal` to stop
 * @returns where it answers, and the environment for its command line tools
 */
export async function startRabbitmq(scratch, servers, { definitions, plugins = [], signal }) {
  const [amqpPort, distPort, epmdPort, managementPort] = await freePorts(4);
  const inScratch = (name) => path.join(scratch, name);
  fs.writeFileSync(inScratch('definitions.json'), JSON.stringify(definitions));
  const settings = [`load_definitions = ${inScratch('definitions.json')}`];
  if (plugins.includes('rabbitmq_management')) {
    settings.push('management.tcp.ip = 127.0.0.1', `management.tcp.port = ${managementPort}`);
  }
  fs.writeFileSync(inScratch('rabbitmq.conf'), `${settings.join('\n')}\n`);
  fs.writeFileSync(inScratch('plugins'), `[${plugins.join(',')}].\n`);
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
  await untilReady(servers.at(-1), amqpPort, inScratch('server.log'), signal);
  const managementUrl = `http://127.0.0.1:${managementPort}`;
  return { url: `amqp://guest:guest@127.0.0.1:${amqpPort}`, managementUrl, env };
}

/** Starts it in a process group of its own: rabbitmq-server is a script, and what it starts has to end with it. */
function start(command, args, env, log) {
  const output = fs.openSync(log, 'w');
  const child = spawn(command, args, { env, stdio: ['ignore', output, output], detached: true });
  fs.closeSync(output);
  child.on('error', (error) => console.error(`${command}: ${error.message}`));
  return child;
}

export async function stop({ pid }) {
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

async function untilReady(server, port, log, signal) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(port))) {
    if (signal?.aborted) throw new OracleError('interrupted');
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
