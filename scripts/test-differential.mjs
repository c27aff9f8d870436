// npm run test:differential [-- OPTION...]: random sequences of operations are done with a real RabbitMQ and with Leveret, and
// what clients see is compared. A difference is shown as the shortest sequence that leads to it.
//
//   --minutes 30        for how long (3)
//   --least-runs 1000   however slow the machine is, so many sequences (100)
//   --seed N            where random sequences begin; with --path, the one that a failed run has printed
//   --keep-going        past differences
//
// RABBITMQ_SERVER names another rabbitmq-server than Debian's.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile, ensureInstalled, root } from './project.mjs';
import { installRabbitmq, OracleError, startRabbitmq, stop } from './rabbitmq.mjs';

const PLUGINS = ['rabbitmq_management', 'rabbitmq_recent_history_exchange'];

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interruption.abort());

process.exitCode = await main(process.argv.slice(2)).catch((error) => {
  if (!(error instanceof OracleError)) throw error;
  console.error(`test:differential: ${error.message}`);
  return 1;
});

async function main(args) {
  ensureInstalled();
  installRabbitmq();
  compile('test');
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'leveret-differential-'));
  const servers = [];
  try {
    const { rabbitDefinitions } = await import(pathToFileURL(path.join(root, 'build/test/support/accounts.js')).href);
    const options = { definitions: rabbitDefinitions(), plugins: PLUGINS, signal: interruption.signal };
    const { url, managementUrl } = await startRabbitmq(scratch, servers, options);
    return await compare(args, { ...process.env, AMQP_URL: url, MANAGEMENT_URL: managementUrl });
  } finally {
    for (const server of servers.reverse()) await stop(server);
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

/** @returns the exit status */
async function compare(args, env) {
  const main = path.join(root, 'build/test/differential/main.js');
  const child = spawn(process.execPath, ['--enable-source-maps', main, ...args], { env, stdio: 'inherit' });
  interruption.signal.addEventListener('abort', () => child.kill());
  const [status] = await once(child, 'exit');
  return status ?? 1;
}
