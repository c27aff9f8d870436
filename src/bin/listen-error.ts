import type { BrokerOptions } from '../config/options.ts';
import { UsageError } from './usage-error.ts';

interface ListenError extends Error {
  readonly code: string;
  readonly address?: string;
  readonly port?: number;
  /** The name that could not be resolved. */
  readonly hostname?: string;
}

/** Turns the errors of listening on an address that cannot be had into a `UsageError`; returns others as they are. */
export function explainListenError(error: unknown, { port, managementPort }: BrokerOptions): unknown {
  if (!isSystemError(error)) return error;
  const flag = error.port === managementPort && error.port !== port ? '--management-port' : '--port';
  const place = `port ${error.port} on ${error.address}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new UsageError(`${place} is in use; stop what listens there, or choose another with ${flag}`);
    case 'EACCES':
      return new UsageError(`${place} is not permitted to this user; choose another with ${flag}`);
    case 'EADDRNOTAVAIL':
      return new UsageError(`this machine has no address ${error.address}; choose another with --bind`);
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return new UsageError(`this machine cannot listen on ${error.address}; choose another with --bind`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new UsageError(`no host goes by the name ${error.hostname}; choose another with --bind`);
    default:
      return error;
  }
}

function isSystemError(error: unknown): error is ListenError {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
