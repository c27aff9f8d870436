// Runs the conformance suite, which otherwise runs against Leveret, against a real RabbitMQ: a check that RabbitMQ
// fails is wrong. RabbitMQ runs on free ports of the loopback interface and in a scratch directory.
//
//   npm run test:oracle [-- NAME...]     only the files whose names have one of the NAMEs in them
//
// RABBITMQ_SERVER names another rabbitmq-server than Debian's.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile, ensureInstalled, filesUnder, matching, root } from './project.mjs';
import { installRabbitmq, OracleError, SERVER, startRabbitmq, stop } from './rabbitmq.mjs';

/** Much of the suite is waiting for RabbitMQ, which takes its time to close a connection after some errors. */
const FILES_AT_A_TIME = 4;
/** Types of exchange, and the exchange of events, that Leveret has built in and RabbitMQ as plugins, which come with it. */
const PLUGINS = [
  'rabbitmq_consistent_hash_exchange',
  'rabbitmq_event_exchange',
  'rabbitmq_random_exchange',
  'rabbitmq_recent_history_exchange',
  'rabbitmq_sharding',
];

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
    const { rabbitDefinitions } = await import(pathToFileURL(path.join(root, 'build/test/support/accounts.js')).href);
    const options = { definitions: rabbitDefinitions(), plugins: PLUGINS, signal: interruption.signal };
    const { url, env } = await startRabbitmq(scratch, servers, options);
    const RABBITMQCTL = path.join(path.dirname(SERVER), 'rabbitmqctl');
    return await runTests(files, { ...env, AMQP_URL: url, RABBITMQCTL }, servers.at(-1));
  } finally {
    for (const server of servers.reverse()) await stop(server);
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

/** The compiled files, by their sources: what an earlier build left behind is not run. */
function testFiles(words) {
  const files = matching(filesUnder('test/conformance', '.test.ts'), words);
  if (files.length === 0) throw new OracleError(`no file in test/conformance has ${words.join(' or ')} in its name`);
  return files.map((file) => path.join(root, 'build', file.replace(/\.ts$/, '.js')));
}

/**
 * @param env with AMQP_URL, and RABBITMQCTL for checks that switch something on
 * @returns the exit status of the tests
 */
async function runTests(files, env, server) {
  const args = [
    '--enable-source-maps',
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${FILES_AT_A_TIME}`,
    ...files,
  ];
  const tests = spawn(process.execPath, args, { env, stdio: 'inherit' });
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
