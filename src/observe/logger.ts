import type { LogLevel } from '../config/options.ts';

/** Facts about an event, for machines to filter by. An `Error` goes under `err`. */
export type LogFields = Readonly<Record<string, unknown>>;

interface LogMethod {
  (fields: LogFields, text: string): void;
  (text: string): void;
}

/** Takes events, each with a text that says what happened and fields that say to what. */
export interface Logger {
  /** The broker cannot go on. */
  readonly fatal: LogMethod;
  /** Something that was promised could not be done. */
  readonly error: LogMethod;
  /** Somebody should look at this, but everything works. */
  readonly warn: LogMethod;
  /** What happens now and then: start, stop, logins refused. */
  readonly info: LogMethod;
  readonly debug: LogMethod;
  readonly trace: LogMethod;
  /** A logger that adds these fields to each of its events. */
  child(fields: LogFields): Logger;
  /** Whether events of this level go anywhere; ask before working out costly fields. */
  isLevelEnabled(level: LogLevel): boolean;
}

const nothing = () => {};

/** Drops everything. */
export const SILENT_LOGGER: Logger = {
  fatal: nothing,
  error: nothing,
  warn: nothing,
  info: nothing,
  debug: nothing,
  trace: nothing,
  child: () => SILENT_LOGGER,
  isLevelEnabled: () => false,
};
