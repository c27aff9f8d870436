import type { BrokerOptions } from './config/options.ts';
import { resolveConfig } from './config/resolve.ts';
import { type Broker, openBroker, openLogging } from './running-broker.ts';

export { ConfigError } from './config/config-error.ts';
export type { BrokerOptions, UserOptions } from './config/options.ts';
export type { Broker } from './running-broker.ts';
export { DataDirectoryError } from './storage/disk/data-directory-error.ts';

/**
 * Starts a broker in this process. Brokers share nothing: start as many as you like.
 *
 * @throws ConfigError if an option is wrong; DataDirectoryError if the data directory can't be used; the system's error
 * (EADDRINUSE…) if one of the ports can't be listened on
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const config = resolveConfig(options);
  return openBroker(config, await openLogging(config));
}
