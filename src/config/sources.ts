import { refused } from './config-error.ts';
import type { BrokerOptions } from './options.ts';
import { environmentName, SCALAR_KEYS, type ScalarKey, SETTINGS, type Setting } from './settings.ts';

/** Where options may come from, from the most to the least deciding. */
export interface OptionSources {
  /** Flags of the command line as they were written, by option. */
  readonly flags: Flags;
  readonly environment: Environment;
  /** What the config file says, if there is one. */
  readonly file: BrokerOptions;
}

export type Flags = Readonly<Partial<Record<ScalarKey, string>>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Puts a command's options together: a flag before the environment, that before the file, that before the default. */
export function mergeSources({ flags, environment, file }: OptionSources): BrokerOptions {
  return { ...commandDefaults(), ...file, ...fromEnvironment(environment), ...fromFlags(flags) };
}

/** The option's value as it stands in a file: strings are read as on the command line, so that '512MiB' works. */
export function readValue(key: ScalarKey, value: unknown, label: string): unknown {
  const { kind }: Setting<unknown> = SETTINGS[key];
  const accepted = kind.accept(typeof value === 'string' ? kind.fromText(value) : value);
  if (accepted === undefined) throw refused(label, value, kind.allowed);
  return accepted;
}

function commandDefaults(): BrokerOptions {
  return collect(
    (key) => SETTINGS[key].commandDefaultText,
    (key) => key,
  );
}

/** An empty variable counts as none: that is what remains of one that a script or a compose file did not fill. */
function fromEnvironment(environment: Environment): BrokerOptions {
  return collect(
    (key) => environment[environmentName(SETTINGS[key])] || undefined,
    (key) => environmentName(SETTINGS[key]),
  );
}

function fromFlags(flags: Flags): BrokerOptions {
  return collect(
    (key) => flags[key],
    (key) => `--${SETTINGS[key].flag}`,
  );
}

/** Reads the options that `textOf` has a text for; errors call them by `labelOf`. */
function collect(textOf: (key: ScalarKey) => string | undefined, labelOf: (key: ScalarKey) => string): BrokerOptions {
  const given = SCALAR_KEYS.flatMap((key) => {
    const text = textOf(key);
    return text === undefined ? [] : [[key, readValue(key, text, labelOf(key))]];
  });
  return Object.fromEntries(given) as BrokerOptions;
}
