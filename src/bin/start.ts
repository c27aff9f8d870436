import pc from 'picocolors';
import { loadConfigFile } from '../config/file.ts';
import type { BrokerOptions, Config } from '../config/options.ts';
import { resolveConfig } from '../config/resolve.ts';
import { type Environment, mergeSources } from '../config/sources.ts';
import { readVersion } from '../config/version.ts';
import { createKeptLogger, type Logger } from '../observe/log.ts';
import { isHumanFormat } from '../observe/log-format.ts';
import { type Broker, type Logging, openBroker, openLogging } from '../running-broker.ts';
import { banner } from './banner.ts';
import type { StartCommand } from './command-line.ts';
import { exitOnCrash } from './crash.ts';
import { explainListenError } from './listen-error.ts';
import { stopOnSignals, surviveHangUp } from './shutdown.ts';

/** Runs a broker until a signal stops it. `beganMs` is when the command began, on the clock of `performance.now()`. */
export async function start(command: StartCommand, environment: Environment, beganMs: number): Promise<void> {
  const options = await gatherOptions(command, environment);
  const config = resolveConfig(options);
  const logging = await openLogging(config);
  const { log, recent } = logging;
  exitOnCrash(log);
  surviveHangUp(log);
  const broker = await listen(options, config, logging);
  stopOnSignals(() => broker.close(), log);
  const startedInMs = Math.round(performance.now() - beganMs + performance.nodeTiming.bootstrapComplete);
  const isHuman = isHumanFormat(config.logFormat);
  if (isHuman) printBanner(broker, startedInMs);
  announce(broker, startedInMs, isHuman ? await createKeptLogger(config.logLevel, recent) : log);
}

async function gatherOptions({ flags, configPath }: StartCommand, environment: Environment): Promise<BrokerOptions> {
  const { LEVERET_CONFIG } = environment;
  const path = configPath ?? LEVERET_CONFIG;
  const file = path ? await loadConfigFile(path) : {};
  return mergeSources({ flags, environment, file });
}

async function listen(options: BrokerOptions, config: Config, logging: Logging): Promise<Broker> {
  try {
    return await openBroker(config, logging);
  } catch (error) {
    throw explainListenError(error, options);
  }
}

function printBanner(broker: Broker, startedInMs: number): void {
  // Whoever read our output may have gone; the broker stays.
  process.stdout.on('error', () => {});
  const { url, managementUrl, dataDir, storage } = broker;
  const facts = { version: readVersion(), url, managementUrl, dataDir, storage, pid: process.pid, startedInMs };
  process.stdout.write(banner(facts, pc));
}

function announce(broker: Broker, startedInMs: number, log: Logger): void {
  const { url, managementUrl, dataDir, storage } = broker;
  log.info({ version: readVersion(), url, managementUrl, startedInMs, dataDir, storage }, 'listening');
}
