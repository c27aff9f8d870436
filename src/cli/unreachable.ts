import type { Place } from './broker-address.ts';
import { CommandError } from './command-error.ts';

/** What the system says of hosts that can't be reached. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'there is no such host',
  ETIMEDOUT: 'it does not answer',
};

const UNKNOWN_SIGNER = 'nobody who is trusted has signed its certificate; name the file that has who did with --ca';

/** What TLS says of certificates, by its codes. */
const DISTRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_SIGNER,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_SIGNER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_SIGNER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_SIGNER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_SIGNER,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
};

/** @returns what to say of a broker to which there is no connection */
export function unreachable({ url }: Place, error: unknown): CommandError {
  const where = `${url.protocol}//${url.host}${url.pathname}`.replace(/\/$/, '');
  const { code = '', message, reason } = error as NodeJS.ErrnoException & { readonly reason?: string };
  const distrusted = code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? otherHost(reason ?? message) : DISTRUSTED[code];
  if (distrusted !== undefined) return new CommandError(`the broker at ${where} is not trusted: ${distrusted}`);
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    const plain = url.protocol.replace('s:', ':');
    return new CommandError(
      `what answers at ${where} does not speak TLS; without it, the address begins with ${plain}//`,
    );
  }
  const why = UNREACHABLE[code] ?? message;
  return new CommandError(`no broker at ${where}: ${why}; start one with 'leveret', or say where it is with --url`);
}

function otherHost(reason: string): string {
  return `its certificate is for another host (${reason.replace(/\.$/, '')})`;
}
