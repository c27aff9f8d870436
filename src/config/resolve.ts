import { refused } from './config-error.ts';
import { type Kind, textOf } from './kinds.ts';
import type { BrokerOptions, Config, ScalarConfig } from './options.ts';
import { SCALAR_KEYS, type ScalarKey, SETTINGS, type Setting } from './settings.ts';
import { expectKnownKeys, expectTable } from './shape.ts';
import { resolveUsers } from './users.ts';
import { resolveVhosts } from './vhosts.ts';

/** The options that are more than one value, and so have their place in a file or in code only. */
export const STRUCTURED_KEYS = ['serverProperties', 'vhosts', 'users'] as const;

/**
 * Checks options and completes them with the defaults. Throws a `ConfigError` that names the first option whose value
 * cannot be used, or that there is no such option.
 */
export function resolveConfig(options: BrokerOptions = {}): Config {
  expectKnownKeys('', expectTable('options', options), [...SCALAR_KEYS, ...STRUCTURED_KEYS]);
  const vhosts = resolveVhosts(options.vhosts);
  return {
    ...resolveScalars(options),
    serverProperties: resolveServerProperties(options.serverProperties),
    vhosts,
    users: resolveUsers(options.users, vhosts),
    hasDefaultUsers: options.users === undefined,
  };
}

function acceptValue<T>(kind: Kind<T>, value: unknown, label: string): T {
  const accepted = kind.accept(value);
  if (accepted === undefined) throw refused(label, value, kind.allowedInCode);
  return accepted;
}

function resolveScalars(options: BrokerOptions): ScalarConfig {
  const entries = SCALAR_KEYS.map((key) => [key, resolveScalar(key, SETTINGS[key], options[key])]);
  return Object.fromEntries(entries) as ScalarConfig;
}

function resolveScalar(key: ScalarKey, setting: Setting<unknown>, value: unknown): unknown {
  if (value !== undefined) return acceptValue(setting.kind, value, key);
  if (setting.defaultText === undefined) return undefined;
  return acceptValue(setting.kind, setting.kind.fromText(setting.defaultText), key);
}

function resolveServerProperties(value: unknown = {}): Config['serverProperties'] {
  const given = expectTable('serverProperties', value);
  expectKnownKeys('serverProperties.', given, ['product', 'version']);
  const { product = 'RabbitMQ', version = '3.10.8' } = given;
  return {
    product: acceptValue(textOf('a name'), product, 'serverProperties.product'),
    version: acceptValue(textOf('a version such as 3.10.8'), version, 'serverProperties.version'),
  };
}
