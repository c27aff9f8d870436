import type { Config } from '../config/options.ts';
import type { Logger } from '../observe/logger.ts';
import { openContext, type ServerContext } from './context/server-context.ts';
import { logUnusablePatterns } from './definitions/unusable-patterns.ts';

/**
 * A broker's state before the first connection, with the definitions that it is to start with.
 *
 * @throws DataDirectoryError if the data directory can't be used; ConfigError if the definitions file can't
 */
export async function openServerContext(config: Config, log: Logger): Promise<ServerContext> {
  const context = await openWithDefinitions(config, log);
  logUnusablePatterns(context);
  return context;
}

async function openWithDefinitions(config: Config, log: Logger): Promise<ServerContext> {
  if (config.definitions === undefined) return openContext(config, log);
  const { importAtStart, loadDefinitions } = await import('./definitions/definitions-at-start.ts');
  const definitions = await loadDefinitions(config.definitions);
  const hasUsers = definitions.users.length > 0;
  const context = await openContext(config.hasDefaultUsers && hasUsers ? { ...config, users: [] } : config, log);
  try {
    await importAtStart(config.definitions, definitions, context);
    await context.commit.flushed();
    return context;
  } catch (error) {
    await context.close();
    throw error;
  }
}
