import { readFile } from 'node:fs/promises';
import { misuse } from './command-error.ts';

/**
 * The certificates of those whom to trust, in PEM.
 *
 * @param label what names the file
 * @throws CommandError if it can't be read, or has no certificate
 */
export async function readCertificates(path: string, label: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw misuse(`${label}: ${path} can't be read (${error.code ?? error.message})`);
  });
  const { X509Certificate } = await import('node:crypto');
  try {
    new X509Certificate(text);
  } catch {
    throw misuse(`${label}: ${path} has no certificate in PEM, '-----BEGIN CERTIFICATE-----'`);
  }
  return text;
}
