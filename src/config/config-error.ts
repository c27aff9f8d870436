/** An option that cannot be used. The message is one line: the option, its value and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const SHOWN_VALUE_LIMIT = 60;

/** The error for an option (`label` as its giver wrote it) whose value is not `allowed` ("a number from 1 to 9"). */
export function refused(label: string, value: unknown, allowed: string): ConfigError {
  return new ConfigError(`${label}: ${shown(value)} is not allowed; give ${allowed}`);
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : describe(value);
  return text.length > SHOWN_VALUE_LIMIT ? `${text.slice(0, SHOWN_VALUE_LIMIT)}...` : text;
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a table';
  return typeof value === 'function' ? 'a function' : String(value);
}
