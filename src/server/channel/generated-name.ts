import { randomBytes } from 'node:crypto';

/** A name that nobody can guess or has chosen: the prefix and 22 characters of base64url. */
export function generatedName(prefix: 'amq.gen-' | 'amq.ctag-' | 'amq.rabbitmq.reply-to.'): string {
  return prefix + randomBytes(16).toString('base64url');
}
