/** What a client gives to log in. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

const NUL = 0;

/**
 * Reads a SASL PLAIN response, `NUL authcid NUL password` (RFC 4616). The standard allows for another identity to act as
 * before the first NUL; nobody may act for someone else, so RabbitMQ refuses that, and so does this. Returns undefined
 * for anything that has not exactly that form.
 */
export function decodePlain(response: Uint8Array): Credentials | undefined {
  if (response[0] !== NUL) return undefined;
  const second = response.indexOf(NUL, 1);
  if (second < 0 || response.indexOf(NUL, second + 1) >= 0) return undefined;
  return { user: text(response.subarray(1, second)), password: text(response.subarray(second + 1)) };
}

/**
 * Takes the credentials from the fields LOGIN and PASSWORD of an AMQPLAIN response, which is a field table without its
 * length prefix. The caller decodes the table; returns undefined when either field is missing or no long string.
 */
export function decodeAmqplain(login: unknown, password: unknown): Credentials | undefined {
  if (!isLongString(login) || !isLongString(password)) return undefined;
  return { user: text(login), password: text(password) };
}

function isLongString(value: unknown): value is string | Uint8Array {
  return typeof value === 'string' || value instanceof Uint8Array;
}

function text(value: string | Uint8Array): string {
  if (typeof value === 'string') return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}
